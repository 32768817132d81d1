#!/bin/sh
# PID 1 of a cluster, in network, mount and PID namespaces of its own: the bridges live here, every machine below it. When
# it ends the kernel ends all of them. It ends when its standard input does, that is with whoever started the cluster,
# unless it is told to stay.
set -eu
run=$1
. "$(dirname "$0")/identity.sh"
# Images, etcd and the nodes' disks are in memory: nothing to sweep after a crash, and fsync costs nothing.
mount -t tmpfs -o mode=0755 loadstone "$run/state"
mkdir "$run/state/proc"
mount --rbind /proc "$run/state/proc"
mkdir -p /run/netns
mount -t tmpfs netns /run/netns
. "$run/network.sh"
exec 3<&0
identify "$run/pids/switch"
{ read -r word <&3 && [ "$word" = keep ] && exec sleep infinity; } &
wait $!
