#!/bin/sh
# Gives containerd a root that already holds the images of a store: its small databases copied, its layers linked.
set -eu
store=$1 root=$2
[ -e "$root/io.containerd.metadata.v1.bolt" ] && exit 0
content=io.containerd.content.v1.content/blobs/sha256
snapshots=io.containerd.snapshotter.v1.overlayfs
mkdir -p "$root/$content" "$root/$snapshots/snapshots"
cp -r "$store/io.containerd.metadata.v1.bolt" "$root/"
cp "$store/$snapshots/metadata.db" "$root/$snapshots/"
ln -s "$store/$content"/* "$root/$content/"
ln -s "$store/$snapshots/snapshots"/* "$root/$snapshots/snapshots/"
