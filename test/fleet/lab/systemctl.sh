#!/bin/sh
# Replaces systemctl(1) where no systemd runs: «enable --now ipvsadm-agent» checks the conditions of the packaged unit and starts
# its program. $UNITS is the folder of the units, $PROGRAMS replaces /usr/sbin, and $STATE replaces /var/lib.
set -eu
[ "$1 $2" = 'enable --now' ] || { echo "systemctl: $* is not tried here" >&2; exit 1; }
unit=$UNITS/$3.service
setting() { sed -n "s/^$1=//p" "$unit"; }
# Of the conditions with a bar, at least one must hold (systemd.unit(5)).
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
