# Mounts the kernel's file systems into a fresh root, and links the modules of this kernel.
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lab/results /run/netns
ln -sfn /proc/self/fd /dev/fd
ln -sfn /proc/self/fd/0 /dev/stdin
ln -sfn pts/ptmx /dev/ptmx

mkdir -p /lib/modules
ln -sfn "$LAB_MODULES/lib/modules/$(uname -r)" "/lib/modules/$(uname -r)"
# The path at which the kernel and ipvsadm look for modprobe; the machine may have none.
[ -x /sbin/modprobe ] || ln -sf "$(command -v modprobe)" /sbin/modprobe
