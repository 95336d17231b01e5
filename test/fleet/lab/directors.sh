# Three directors, of which two are a pair, and an etcd, in network namespaces of one kernel. Prints «ok WHAT» for each thing
# that holds, and ends at the first that does not. $ETCD is etcd.
set -eu
folder=$(mktemp -d)
export IPVSADM_FLEET_STORE=etcd://10.9.0.1:2379 IPVSADM_FLEET_CONF=$folder/none
directors='lb1 lb2 lb3'

die() { echo "not ok: $*"; ipvsadm-fleet status || true; tail -n 20 "$folder"/*.log; exit 1; }
ok() { echo "ok $*"; }
fleet() { ipvsadm-fleet "$@" >>"$folder/commands.log" 2>&1; }
table() { ip netns exec "$1" ipvsadm -Sn; }
# All directors have the rules of a file.
all_have() { for one in $directors; do [ "$(table $one)" = "$(cat "$folder/$1")" ] || die "$one has not $1: $(table $one)"; done; }
agent() {
  setsid ip netns exec "$1" ipvsadm-fleet agent --director "$1" --state-dir "$folder/$1" >>"$folder/$1.log" 2>&1 &
  eval "pid_$1=$!"
}
kill_agent() { eval "kill -9 \$pid_$1"; eval "wait \$pid_$1" 2>/dev/null || true; }
start_etcd() {
  $ETCD --data-dir "$folder/etcd" --listen-client-urls http://10.9.0.1:2379 --advertise-client-urls http://10.9.0.1:2379 >>"$folder/etcd.log" 2>&1 &
  etcd=$!
  until fleet log; do kill -0 $etcd || die etcd; sleep 0.3; done
}
until_status() {
  for try in $(seq 60); do ipvsadm-fleet status >"$folder/status"; grep -q "$1" "$folder/status" && return; sleep 0.3; done
  die "no $1 in the status"
}

ip link set lo up
ip link add name br0 type bridge
ip addr add 10.9.0.1/24 dev br0
ip link set br0 up
host=10
for one in $directors; do
  ip netns add $one
  ip link add name v$one type veth peer name eth0 netns $one
  ip link set v$one master br0 up
  ip -n $one link set lo up
  ip -n $one link set eth0 up
  ip -n $one addr add 10.9.0.$host/24 dev eth0
  ip -n $one addr add 192.0.2.1/32 dev lo
  ip -n $one route add default via 10.9.0.1
  ip netns exec $one sysctl -qw net.ipv4.ip_forward=1
  host=$((host + 1))
done
rules() { printf -- '-A -t 192.0.2.1:80 -s wlc\n-a -t 192.0.2.1:80 -r 10.0.0.1:80 -m -w 1\n-a -t 192.0.2.1:80 -r 10.0.0.%s:80 -m -w 1\n' "$1"; }
rules 2 >"$folder/two"
rules 3 >"$folder/three"
printf -- '-A -t 192.0.2.1:80 -s nosuch\n' >"$folder/bad"

start_etcd
for one in $directors; do agent $one; done
for one in $directors; do until_status "^$one .*nothing was told"; done
fleet group lb1 pair
fleet group lb2 pair

fleet publish "$folder/two" -m one
fleet rollout 1 --yes --bake 0 || die rollout 1
all_have two
ok a rollout brings all directors to its revision

fleet publish "$folder/bad" -m bad
fleet rollout 2 --yes --bake 0 && die 'a scheduler that is not there'
all_have two
ipvsadm-fleet status --exit-code >"$folder/status" && die 'exit status of status'
grep -q 'refused: .*Scheduler or persistence engine not found' "$folder/status" || die reason
ok a rollout that a kernel refuses halts, and the tables are what they were
fleet rollback || die rollback
all_have two
ok a rollback publishes the rules before, and brings them

fleet publish "$folder/three" -m three
fleet rollout 4 --yes --bake 0 --on-failure rollback --check 'test $IPVSADM_FLEET_WAVE = 1' && die 'a check that fails'
all_have two
ok a check that fails rolls back where that is wanted

fleet drain 10.0.0.2 --wait -m test || die drain
for one in $directors; do table $one | grep -q '10.0.0.2:80 -m -w 0' || die "$one has not drained"; done
fleet drain 10.0.0.1 && die 'the last server'
fleet undrain 10.0.0.2
until_status converged
for try in $(seq 60); do [ "$(table lb3)" = "$(cat "$folder/two")" ] && break; sleep 0.3; done
sleep 1
all_have two
ok a server is drained on all directors, but not the last one

kill $etcd
wait $etcd || true
sleep 2
all_have two
kill_agent lb1
# The machine starts anew: another identity of the start, and an empty table.
ip netns exec lb1 ipvsadm -C
sed -i 's/"boot":"[^"]*"/"boot":"another"/' "$folder/lb1/default/agent.json"
agent lb1
for try in $(seq 60); do [ "$(table lb1)" = "$(cat "$folder/two")" ] && break; sleep 0.3; done
all_have two
ok without the store tables stay, and a director that starts anew restores its own
start_etcd
for one in $directors; do until_status "^$one .*converged"; done

number=5
for life in 1 2 3 4 5 6; do
  wanted=$([ $((life % 2)) = 1 ] && echo three || echo two)
  fleet publish "$folder/$wanted" -m "life $life"
  number=$((number + 1))
  setsid ipvsadm-fleet rollout $number --yes --bake 0 >>"$folder/driver.log" 2>&1 &
  driver=$!
  sleep "$((life / 2)).$((life * 37 % 10))"
  kill -9 $driver 2>/dev/null || true
  wait $driver || true
  if ipvsadm-fleet status | grep -q "rollout of revision $number: active"; then
    fleet resume --yes || die "resume $life"
  elif ! ipvsadm-fleet status | grep -q "rollout of revision $number: done"; then
    fleet rollout $number --yes --bake 0 || die "rollout $life"
  fi
  all_have $wanted
done
ok a driver that is killed at any moment can be replaced

for life in 1 2 3 4; do
  wanted=$([ $((life % 2)) = 1 ] && echo three || echo two)
  fleet publish "$folder/$wanted" -m "agent $life"
  number=$((number + 1))
  fleet rollout $number --yes --bake 0 &
  driver=$!
  sleep "$life.$((life * 37 % 10))"
  kill_agent lb2
  agent lb2
  wait $driver || die "agent $life"
  all_have $wanted
done
ok an agent that is killed at any moment goes on where it was
