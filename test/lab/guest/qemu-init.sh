#!/bin/busybox sh
# First program of an emulated machine, in its first file system. This machine's files, read-only, become the root,
# with a writable layer on top that is thrown away with the guest. LAB is the folder of this boot.
busybox() { /bin/busybox "$@"; }
busybox mount -t devtmpfs devtmpfs /dev
for module in /modules/*.ko; do busybox insmod "$module"; done
busybox mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=262144,cache=loose root /lower
busybox mount -t tmpfs tmpfs /layer
busybox mkdir /layer/upper /layer/work
busybox mount -t overlay -o lowerdir=/lower,upperdir=/layer/upper,workdir=/layer/work overlay /root
exec /bin/busybox switch_root /root /bin/sh "$LAB/qemu-start.sh"
