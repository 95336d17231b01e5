#!/bin/sh
# In the place of systemctl(1) where no systemd runs: «enable --now ipvsadm-agent» starts what the packaged unit starts, on its
# conditions. $UNITS has the units, $PROGRAMS is in the place of /usr/sbin, and $STATE in that of /var/lib.
set -eu
[ "$1 $2" = 'enable --now' ] || { echo "systemctl: $* is not tried here" >&2; exit 1; }
unit=$UNITS/$3.service
setting() { sed -n "s/^$1=//p" "$unit"; }
# Those with a bar are conditions of which one has to hold (systemd.unit(5)).
isMet=
for path in $(setting ConditionPathExists); do
  case $path in
    '|'*) [ -e "${path#|}" ] && isMet=yes ;;
    *) echo "systemctl: conditions without a bar are not tried here" >&2; exit 1 ;;
  esac
done
[ "$isMet" ] || { echo "$3: its condition is not met" >&2; exit 1; }
STATE_DIRECTORY=$STATE/$(setting StateDirectory)
AGENT_OPTIONS=
mkdir -p "$STATE_DIRECTORY"
eval "exec $PROGRAMS/$(setting ExecStart | sed 's|^/usr/sbin/||')" >"$STATE/log" 2>&1 &
