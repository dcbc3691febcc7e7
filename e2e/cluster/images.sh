# The images that pods of the test cluster run: no registry is asked. Sourced after build.sh.
# shellcheck shell=bash

debian_suite=bookworm
# What the product's examples and components ask for; pods have no way out to fetch it.
python_packages=(scikit-learn==1.7.2)
python_names=(python:3.11-slim python:3.11 python:3.7 debian:12-slim library/bash:4.4.23)
busybox_names=(busybox:1 busybox:1.36 alpine:3.6 alpine:3.20)

# A docker-archive of one layer. $1: the root folder, $2: the file, $3: JSON of the image's config, the rest: names.
pack_image() {
  local root=$1 file=$2 config=$3 work name names="" layer
  shift 3
  for name in "$@"; do names+="${names:+,}\"$(full_name "$name")\""; done
  work=$(mktemp -d --tmpdir="$images")
  tar -C "$root" --numeric-owner --owner=0 --group=0 -cf "$work/layer.tar" .
  layer=$(sha256sum <"$work/layer.tar" | cut -d' ' -f1)
  printf '{"architecture":"%s","os":"linux","config":%s,"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' "$(go env GOARCH)" "$config" "$layer" >"$work/config.json"
  printf '[{"Config":"config.json","RepoTags":[%s],"Layers":["layer.tar"]}]' "$names" >"$work/manifest.json"
  tar -C "$work" -cf "$file.new" manifest.json config.json layer.tar
  rm -rf "$work"
  mv "$file.new" "$file"
}

# The name as containerd keeps it: with registry and account.
full_name() {
  case $1 in
  *.*/*) echo "$1" ;;
  */*) echo "docker.io/$1" ;;
  *) echo "docker.io/library/$1" ;;
  esac
}

make_images() {
  say "Making the images: pause, argoexec, busybox, Python with scikit-learn (about 3 minutes)"
  # Their roots hold device nodes and are root's own.
  local root=$images/roots
  rm -rf "$root" && mkdir -p "$root"/{pause,argoexec/bin,argoexec/tmp,argoexec/etc,busybox/bin,busybox/tmp,busybox/etc}
  chmod 1777 "$root"/*/tmp

  (cd "$cluster_folder/pause" && go build -trimpath -ldflags "-s -w" -o "$root/pause/pause" .)
  pack_image "$root/pause" "$images/pause.tar" '{"Entrypoint":["/pause"]}' "$pause_image"

  cp "$binaries/argoexec" "$root/argoexec/bin/argoexec"
  cp /etc/ssl/certs/ca-certificates.crt "$root/argoexec/etc/" 2>/dev/null || true
  printf 'root:x:0:0:root:/:/bin/argoexec\n' >"$root/argoexec/etc/passwd"
  pack_image "$root/argoexec" "$images/argoexec.tar" '{"Entrypoint":["/bin/argoexec"],"Env":["PATH=/bin"]}' "$argoexec_image"

  make_busybox "$root/busybox"
  pack_image "$root/busybox" "$images/busybox.tar" '{"Cmd":["sh"],"Env":["PATH=/bin"]}' "${busybox_names[@]}"

  make_python "$root/python"
  pack_image "$root/python" "$images/python.tar" \
    '{"Cmd":["python3"],"Env":["PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin","LANG=C.UTF-8"]}' "${python_names[@]}"
  rm -rf "$root"
}

make_busybox() {
  local applet
  (cd "$1" && apt-get download -q busybox-static >/dev/null 2>"$images/apt.log" && dpkg-deb -x busybox-static_*.deb unpacked && mv unpacked/bin/busybox bin/busybox && rm -rf unpacked busybox-static_*.deb) ||
    fail "busybox-static could not be fetched by apt; see $images/apt.log"
  for applet in $("$1/bin/busybox" --list); do [ -e "$1/bin/$applet" ] || ln -s busybox "$1/bin/$applet"; done
  printf 'root:x:0:0:root:/:/bin/sh\n' >"$1/etc/passwd"
}

# Debian with Python 3.11, and the packages where Debian's Python looks for them.
make_python() {
  local mirror
  mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 2>/dev/null | grep -m1 '/debian/\?$' || echo http://deb.debian.org/debian)
  debootstrap --variant=minbase --include=python3,python3-distutils "$debian_suite" "$1" "$mirror" >"$images/debootstrap.log" 2>&1 ||
    fail "debootstrap failed; see $images/debootstrap.log"
  rm -rf "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/* "$1"/usr/share/{doc,man,locale}/* "$1"/dev/*
  ln -sf /usr/bin/python3 "$1/usr/local/bin/python3"
  ln -sf /usr/bin/python3 "$1/usr/local/bin/python"
  ensure_python
  python3 -m venv --clear "$images/pip" && "$images/pip/bin/pip" install --quiet --disable-pip-version-check --no-compile --only-binary=:all: \
    --implementation cp --python-version 3.11 --platform manylinux2014_"$(uname -m)" --platform manylinux_2_28_"$(uname -m)" \
    --target "$1/usr/local/lib/python3.11/dist-packages" "${python_packages[@]}" || fail "pip could not fetch the Python image's packages; its message is above"
  rm -rf "$images/pip"
  find "$1/usr/local/lib/python3.11/dist-packages" -type d -name tests -prune -exec rm -rf {} +
}
