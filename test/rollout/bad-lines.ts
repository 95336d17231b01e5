/** A faulty rule, and the message about it. */
export interface BadLine {
  readonly line: string;
  readonly message: string;
}

const service = '-t 192.0.2.9:80';
const server = `${service} -r 10.0.0.9:80`;

/** Lines with every kind of error that a single line can have. */
export const badLines: readonly BadLine[] = [
  { line: 'nonsense', message: 'not a command: nonsense' },
  { line: `${service} -A`, message: `not a command: ${service} -A` },
  { line: '-Z#', message: '-Z#: unknown option' },
  { line: '-R', message: 'not a command: -R' },
  { line: `-A ${service} --nonsense`, message: '--nonsense: unknown option' },
  { line: '-A -t', message: '-t: missing argument' },
  { line: `-A ${service} --ops=1`, message: '--ops=1: option does not take an argument' },
  { line: `-A ${service} -D`, message: "invalid option `-D'" },
  { line: `-A ${service} superfluous`, message: 'unexpected argument superfluous' },
  { line: `-A ${service} -s rr -s wrr`, message: "multiple 'scheduler' options specified" },
  { line: `-A ${service} -w 1`, message: "Illegal 'weight' option with the 'add-service' command" },
  {
    line: `-a ${service}`,
    message: "You need to supply the 'real-server' option for the 'add-server' command",
  },
  {
    line: '-A -t nowhere.invalid:80',
    message: 'illegal virtual server address[:port] specified: nowhere.invalid:80',
  },
  {
    line: `-a ${service} -r 10.0.0.256`,
    message: 'illegal real server address[:port] specified: 10.0.0.256',
  },
  { line: '-A -f 0', message: "invalid fwmark value `0' specified" },
  { line: `-A ${service} -p 0`, message: "invalid timeout value `0' specified" },
  {
    line: `-A ${service} -p -M 255.0.0.256`,
    message: 'illegal virtual server persistent mask specified: 255.0.0.256',
  },
  { line: '-A -f 9 -6 -M 129', message: 'illegal ipv6 netmask specified: 129' },
  { line: `-a ${server} -w -1`, message: 'illegal weight specified: -1' },
  { line: `-a ${server} -x x`, message: 'illegal u_threshold specified: x' },
  { line: `-a ${server} -y 2147483648`, message: 'illegal l_threshold specified: 2147483648' },
  { line: `-A ${service} -b flag-4`, message: "invalid scheduler flag `flag-4'" },
  { line: `-A ${service} -s rr -b sh-port`, message: "incompatible scheduler flag `sh-port'" },
  { line: '-A -t 192.0.2.9', message: 'Zero port specified for non-persistent service' },
  { line: `-A ${service} -o`, message: 'One-Packet Scheduling is only for UDP virtual services' },
  { line: `-A ${service} -6`, message: '-6 used before -f' },
  {
    line: `-a ${service} -r [2001:db8::1]:80`,
    message: 'Different address family is allowed only for tunneling servers',
  },
  { line: `-a ${server} --tun-type gre`, message: 'Tunnel options conflict with forward method' },
  { line: `-a ${server} -i --tun-type ipsec`, message: 'illegal tunnel type specified: ipsec' },
  { line: `-a ${server} -i --tun-type gue --tun-port 0`, message: 'illegal tunnel port specified: 0' },
  {
    line: `-a ${server} -i --tun-type gue`,
    message: "You need to supply the 'tun-port' option for the 'gue' tunnel type",
  },
  { line: `-a ${server} -i --tun-csum`, message: "Illegal 'tun-csum' option with the 'ipip' tunnel type" },
  {
    line: `-a ${server} -i --tun-type gre --tun-csum --tun-nocsum`,
    message: "The option 'tun-csum' conflicts with the 'tun-nocsum' option in the 'gre' tunnel type",
  },
  {
    line: `-d ${server} --keep`,
    message: "The option 'keep' needs the 'drain' option in the 'delete-server' command",
  },
  { line: '--set 1 2', message: '--set option requires 3 timeout values' },
  { line: '--set 1 2 2678401', message: "invalid timeout value `2678401' specified" },
  { line: '--start-daemon slave', message: 'illegal start-daemon parameter specified: slave' },
  { line: '--start-daemon master --syncid 256', message: 'illegal syncid specified: 256' },
  { line: '-L --stats -c', message: 'options conflicts in the list command' },
];

/** Lines that are valid on their own, but contradict the file that they are inserted into. */
export const contradictions: readonly BadLine[] = [
  { line: '-E -t 192.0.2.9:80', message: 'No such service' },
  { line: '-D -t 192.0.2.9:80', message: 'No such service' },
  { line: `-a ${server}`, message: 'Service not defined' },
  { line: `-e ${server}`, message: 'Service not defined' },
  { line: `-d ${server}`, message: 'Service not defined' },
];
