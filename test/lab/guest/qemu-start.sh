# Continues in the real root of an emulated machine, with its own kernel's files; LAB is the folder of this boot.
. "$LAB/settings.sh"
export PATH="$LAB_PATH"
. "$LAB/prepare.sh"
mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 results /run/lab/results
# Ports that pass bytes unchanged, one per stream.
port() { echo /dev/vport*p"$1"; }
exec 3>"$(port 1)" 4>"$(port 2)" 5>"$(port 3)"
. "$LAB/work.sh"
echo b >/proc/sysrq-trigger # ends the machine, which runs with -no-reboot
sleep 100
