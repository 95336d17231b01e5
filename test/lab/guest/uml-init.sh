#!/bin/sh
# First program of a User-mode Linux guest. The root is this machine's own, read-only: mounts a writable layer on top of
# it, which is thrown away with the guest, and continues there. LAB is the folder of this boot.
. "$LAB/settings.sh"
export PATH="$LAB_PATH"

mount -n -t proc proc /proc
mount -n -t tmpfs tmpfs /mnt
modprobe -d "$LAB_MODULES" overlay
mkdir /mnt/upper /mnt/work /mnt/root
mount -n -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root
umount -n /proc
cd /mnt/root && pivot_root . mnt && exec chroot . /bin/sh -c '
  . "$LAB/settings.sh"
  . "$LAB/prepare.sh"
  umount -l /mnt
  [ "$LAB_RINGS" = yes ] || echo 2 >/proc/sys/kernel/io_uring_disabled
  mount -t hostfs -o "$LAB_RESULTS" hostfs /run/lab/results
  # Consoles that pass bytes unchanged, one per stream.
  for console in 1 2 3; do stty -F /dev/tty$console raw -echo; done
  exec 3>/dev/tty1 4>/dev/tty2 5>/dev/tty3
  . "$LAB/work.sh"
  stty -F /dev/tty3 raw # waits until everything is written
  echo o >/proc/sysrq-trigger
  sleep 100
' </dev/console >/dev/console 2>&1
