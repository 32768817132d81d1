#!/bin/sh
# Imports the image archive on standard input into a containerd of its own, and leaves that containerd's root in DIR/root. It
# works in memory, where nothing is synced and overlays are always possible, and copies once at the end.
set -eu
dir=$1
memory=$dir/memory
mkdir "$memory"
mount -t tmpfs store "$memory"
cat >"$memory/images.tar"
cat >"$memory/containerd.toml" <<END
version = 2
root = "$memory/root"
state = "$memory/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "$memory/containerd.sock"
END
containerd --config "$memory/containerd.toml" >"$memory/containerd.log" 2>&1 &
tries=0
until ctr --address "$memory/containerd.sock" version >"$memory/version" 2>&1; do
  tries=$((tries + 1))
  [ $tries -lt 200 ] || { echo "containerd does not answer" >&2; cat "$memory/version" "$memory/containerd.log" >&2; exit 1; }
  sleep 0.05
done
ctr --address "$memory/containerd.sock" --namespace k8s.io images import --snapshotter overlayfs "$memory/images.tar"
kill $!
wait $!
cp -a "$memory/root" "$dir/root"
