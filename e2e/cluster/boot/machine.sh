#!/bin/sh
# PID 1 of one machine. To its programs it looks like a machine of its own: /etc, /run, /var, /sys, /proc and cgroups are
# private, and the machine underneath is never written to.
set -eu
run=$1 name=$2 phase=${3:-outside}
own=$run/state/$name
. "$(dirname "$0")/identity.sh"
. "$(dirname "$0")/cgroups.sh"

if [ "$phase" = outside ]; then
  mkdir -p "$own/etc" "$own/etc.work" "$own/var" "$own/var.work" "$own/disk" "$own/run" "$own/cgroup" "$own/sysctl"
  enter_cgroups "loadstone/${run##*/}/$name"
  exec unshare --cgroup sh "$0" "$run" "$name" inside
fi

share_controllers
# Handles of the other machines' networks, which would keep those alive after their end.
umount --recursive /run/netns
hostname "$name"
mount -t overlay -o "lowerdir=$run/etc/$name:/etc,upperdir=$own/etc,workdir=$own/etc.work" etc /etc
mount -t overlay -o "lowerdir=/var,upperdir=$own/var,workdir=$own/var.work" var /var
# An overlay cannot be the upper layer of another, and containers are overlays: what holds them comes from the tmpfs itself.
for dir in containerd kubelet etcd; do
  mkdir -p "$own/disk/$dir" "/var/lib/$dir"
  mount --bind "$own/disk/$dir" "/var/lib/$dir"
done
mount -t tmpfs -o mode=0755 run "$own/run"
case $run in /run/*) mkdir -p "$own$run"; mount --rbind "$run" "$own$run" ;; esac
mount --rbind "$own/run" /run
# A sysfs of this network namespace, which shows its interfaces.
mount -t sysfs sysfs /sys
mount --rbind "$own/cgroup" /sys/fs/cgroup
mount -t proc proc /proc
# kubelet insists on these, and they belong to the whole machine: it is shown files that say what it wants to read.
for want in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
  file=$own/sysctl/$(echo "${want%=*}" | tr / .)
  echo "${want#*=}" >"$file"
  mount --bind "$file" "/proc/sys/${want%=*}"
done
identify "$run/pids/$name"
# Orphans are reaped by whoever waits.
while :; do sleep 86400 & wait $!; done
