#!/usr/bin/env bash
# The first process inside the cluster's namespaces. The kernel ends everything in them when it ends: daemons, shims, pods,
# mounts, bridge, packet filter rules. Arguments: the state folder, the node's address, the volumes' mount point.
set -eu
cluster=$1 node=$2 volumes=$3

mount --make-rshared /
# What daemons write to fixed places stays in here.
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=755 tmpfs /var/log
mkdir -p /run/lock
for folder in /var/lib/kubelet /var/lib/cni /etc/cni; do
  mount -t tmpfs -o mode=755 tmpfs "$folder"
done
mount --bind "$cluster/volumes" "$volumes"

ip link set lo up
ip link add pods type bridge
ip address add "$node/17" dev pods
ip link set pods up
echo 1 >/proc/sys/net/ipv4/ip_forward
touch "$cluster/init.ready"

# Dynamic volumes are made for root alone; provisioners of real clusters let every user write. Orphans are reaped by bash.
while :; do
  find "$volumes" -mindepth 1 -maxdepth 1 ! -perm 777 -exec chmod 777 {} + 2>/dev/null || true
  sleep 0.5
done
