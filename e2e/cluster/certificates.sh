# Keys, certificates and kubeconfigs of one cluster, fresh at each start. Sourced after layout.sh.
# shellcheck shell=bash

# A key and a certificate signed by the cluster's authority. $1: file name, $2: subject, $3: alternative names (or nothing).
certificate() {
  local base=$cluster/pki/$1
  {
    openssl ecparam -name prime256v1 -genkey -noout -out "$base.key"
    openssl req -new -key "$base.key" -subj "$2" -out "$base.csr"
    openssl x509 -req -in "$base.csr" -CA "$cluster/pki/ca.crt" -CAkey "$cluster/pki/ca.key" -CAcreateserial -days 365 -out "$base.crt" \
      -extfile <(printf 'keyUsage=digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n%s\n' "${3:+subjectAltName=$3}")
  } 2>>"$cluster/logs/openssl.log"
}

# A kubeconfig with everything inside it. $1: the certificate's file name, $2: where.
write_kubeconfig() {
  cat >"$2" <<END
apiVersion: v1
kind: Config
clusters: [{name: dagwright-test, cluster: {server: "https://$node:6443", certificate-authority-data: $(base64 -w0 <"$cluster/pki/ca.crt")}}]
users: [{name: "$1", user: {client-certificate-data: $(base64 -w0 <"$cluster/pki/$1.crt"), client-key-data: $(base64 -w0 <"$cluster/pki/$1.key")}}]
contexts: [{name: dagwright-test, context: {cluster: dagwright-test, user: "$1", namespace: $namespace}}]
current-context: dagwright-test
END
  chmod 600 "$2"
}

make_certificates() {
  mkdir -p "$cluster/pki"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj /CN=dagwright-test-ca \
    -keyout "$cluster/pki/ca.key" -out "$cluster/pki/ca.crt" 2>>"$cluster/logs/openssl.log"
  openssl genrsa -out "$cluster/pki/service-accounts.key" 2048 2>>"$cluster/logs/openssl.log"
  certificate apiserver /CN=kube-apiserver \
    "IP:$node,IP:$api_service,IP:127.0.0.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc"
  certificate admin /O=system:masters/CN=admin ""
  certificate kubelet-client /O=system:masters/CN=kube-apiserver-kubelet-client ""
  certificate controller-manager /CN=system:kube-controller-manager ""
  certificate scheduler /CN=system:kube-scheduler ""
  certificate proxy /CN=system:kube-proxy ""
  certificate node /O=system:nodes/CN=system:node:dagwright ""
  local who
  for who in controller-manager scheduler proxy node; do write_kubeconfig "$who" "$cluster/pki/$who.kubeconfig"; done
  write_kubeconfig admin "$kubeconfig"
}
