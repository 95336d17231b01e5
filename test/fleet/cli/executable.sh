# Tests the executable on a director's kernel, with etcd $VERSION over mutual TLS. Prints «ok $VERSION WHAT» for each check that
# passes, and ends at the first that fails. $ETCD is the program etcd; $CERTIFICATES is a folder with ca.crt, and the certificates
# and keys of server and client.
set -eu
folder=$(mktemp -d)
die() { echo "not ok: $*"; ipvsadm-fleet status || true; tail -n 20 "$folder"/*.log; exit 1; }
ok() { echo "ok $VERSION $*"; }
table_is() { [ "$(ipvsadm -Sn)" = "$(cat "$folder/$1")" ] || die "the table is not that of $1: $(ipvsadm -Sn)"; }

cat >"$folder/fleet.conf" <<END
store = etcds://127.0.0.1:2379
cacert = $CERTIFICATES/ca.crt
cert = $CERTIFICATES/client.crt
key = $CERTIFICATES/client.key
director = lb1
state-dir = $folder/state
END
export IPVSADM_FLEET_CONF=$folder/fleet.conf
# Leave nothing for the doctor to report.
ip link set lo up
ip addr replace 192.0.2.1/32 dev lo
ip link show servers >/dev/null 2>&1 || ip link add servers type dummy
ip addr replace 10.0.0.254/24 dev servers
ip link set servers up
sysctl -qw net.ipv4.ip_forward=1
ipvsadm -C
"$ETCD" --data-dir "$folder/etcd" --listen-client-urls https://127.0.0.1:2379 --advertise-client-urls https://127.0.0.1:2379 \
  --cert-file "$CERTIFICATES/server.crt" --key-file "$CERTIFICATES/server.key" \
  --client-cert-auth --trusted-ca-file "$CERTIFICATES/ca.crt" >"$folder/etcd.log" 2>&1 &
etcd=$!
agent=
trap 'kill $etcd $agent 2>/dev/null || true' EXIT
until ipvsadm-fleet log >"$folder/out.log" 2>&1; do kill -0 $etcd || die etcd; sleep 0.3; done

for servers in 1 2; do
  printf -- '-A -t 192.0.2.1:80 -s wlc\n' >"$folder/$servers"
  for server in $(seq $servers); do printf -- '-a -t 192.0.2.1:80 -r 10.0.0.%s:80 -m -w 1\n' "$server" >>"$folder/$servers"; done
done

[ "$(ipvsadm-fleet publish "$folder/1" -m one)" = 'revision 1 (1 service, 1 server)' ] || die publish
ipvsadm-fleet agent --once 2>"$folder/once.log" || die agent --once
ipvsadm-fleet status | grep -q '^lb1 ' || die 'no report'
ok agent --once reports

ipvsadm-fleet agent 2>"$folder/agent.log" &
agent=$!
ipvsadm-fleet status --watch --json >"$folder/watch" 2>"$folder/watch.log" &
watch=$!
ipvsadm-fleet rollout 1 --yes --bake 0 2>"$folder/rollout.log" || die rollout 1
table_is 1
ipvsadm-fleet publish "$folder/2" -m two >"$folder/out.log"
[ "$(ipvsadm-fleet diff 2 lb1)" = '-a -t 192.0.2.1:80 -r 10.0.0.2:80 -m -w 1' ] || die diff
ipvsadm-fleet rollout 2 --yes --bake 1s --confirm 30s --check 'test $IPVSADM_FLEET_REVISION = 2' 2>"$folder/rollout.log" || die rollout 2
table_is 2
for try in $(seq 50); do ipvsadm-fleet status --exit-code >"$folder/out.log" && grep -q converged "$folder/out.log" && break; sleep 0.2; done
grep -q converged "$folder/out.log" || die status
ok a rollout changes the table

ipvsadm-fleet drain 10.0.0.2 --wait 2>"$folder/drain.log" >"$folder/out.log" || die drain
ipvsadm -Sn | grep -q '10.0.0.2:80 -m -w 0' || die 'not drained'
ipvsadm-fleet undrain 10.0.0.2 >"$folder/out.log"
for try in $(seq 50); do [ "$(ipvsadm -Sn)" = "$(cat "$folder/2")" ] && break; sleep 0.2; done
table_is 2
ok a server is drained and put back

for try in $(seq 50); do grep -q '"applied":2' "$folder/watch" && break; sleep 0.2; done
grep -q '"applied":1' "$folder/watch" && grep -q '"applied":2' "$folder/watch" || die watch
kill -INT $watch
wait $watch && die 'the watch ended with 0' || [ $? = 130 ] || die 'the watch did not end with 130'
ok status --watch shows each change

kill $agent
wait $agent || die 'the agent did not end with 0'
kill -9 $etcd
ipvsadm-fleet agent --once 2>"$folder/once.log" && die 'agent --once without a store' || [ $? = 2 ] || die "status"
grep -q 'the table stays as it is' "$folder/once.log" || die "what agent --once says"
table_is 2
ok without the store the table stays
