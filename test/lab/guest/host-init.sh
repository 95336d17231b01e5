#!/bin/sh
# First process in its own namespaces on this machine's kernel; its files are the machine's. LAB is the folder of this
# run. When this process ends, the kernel kills all that is left of the run.
. "$LAB/settings.sh"
export PATH="$LAB_PATH"
mount -t sysfs sysfs /sys # shows the new network namespace
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/netns /run/lab/results
mount --bind "$LAB_RESULTS" /run/lab/results
. "$LAB/work.sh"
