# Goes on in the real root of an emulated machine, with its own kernel's files; LAB is the folder of this boot.
. "$LAB/settings.sh"
export PATH="$LAB_PATH"
. "$LAB/prepare.sh"
mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 results /run/lab/results
# Channels that hand on bytes as they are, one per stream.
port() { echo /dev/vport*p"$1"; }
exec 3>"$(port 1)" 4>"$(port 2)" 5>"$(port 3)"
. "$LAB/work.sh"
echo b >/proc/sysrq-trigger # the machine is started so that it ends instead of starting again
sleep 100
