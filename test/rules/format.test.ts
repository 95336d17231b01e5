import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Command } from '../../src/rules/command.ts';
import { formatCommand } from '../../src/rules/format.ts';
import { numericOnly } from '../../src/rules/names.ts';
import { parseCommand } from '../../src/rules/parse.ts';
import { serviceSettings, tcp } from '../ipvs/values.ts';
import { tableCommand } from './arbitraries.ts';

/** Returns a command with addresses as text, so that differences are readable. */
function plain(command: Command): unknown {
  return JSON.parse(JSON.stringify(command, (key, value) => (key === 'address' ? value.text : value)));
}

describe('formatCommand', () => {
  it("escapes invisible characters in names, which may be anybody's", () => {
    const name = '\x1b[2K\u202e\x9b';
    const escaped = '\\u001b[2K\\u202e\\u009b';
    const daemon = { role: 'master', interface: name, syncId: 0 } as const;
    assert.deepEqual(formatCommand({ name: 'start-daemon', daemon }), [
      ...['--start-daemon', 'master', '--mcast-interface', escaped, '--syncid', '0'],
    ]);
    const settings = { ...serviceSettings, flags: 1, scheduler: name, persistenceEngine: name };
    const words = formatCommand({ name: 'add-service', service: tcp('192.0.2.1', 80), settings });
    assert.equal(words[words.indexOf('-s') + 1], escaped);
    assert.equal(words[words.indexOf('--pe') + 1], escaped);
  });

  it('is the inverse of parseCommand', () => {
    fc.assert(
      fc.property(tableCommand, (command) => {
        const words = formatCommand(command);
        assert.deepEqual(plain(parseCommand(words, numericOnly)), plain(command), words.join(' '));
      }),
      { numRuns: 2000 },
    );
  });

  for (const line of [
    '-A -t 192.0.2.1:80 -s wrr -p 100 -M 255.255.255.0 --pe sip -b flag-1,flag-3',
    '-A -u [2001:db8::1]:53 -s mh -o -b mh-fallback,mh-port',
    '-A -f 4294967295 -6 -s sh -p 5 -M 64 -b sh-fallback,sh-port,flag-3',
    '-a --sctp-service 192.0.2.1:80 -r 192.0.2.2:8080 -m -w 0 -x 10 -y 5',
    '-a -t 192.0.2.1:80 -r [2001:db8::2]:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-remcsum',
    '-e -t 192.0.2.1:80 -r 192.0.2.2:80 -i -w 1 --tun-type gre --tun-nocsum',
    '-d -f 1 -r 192.0.2.2:0',
    '-C',
    '-Z',
    '--set 0 120 300',
    '--start-daemon backup --mcast-interface eth1 --syncid 7 --sync-maxlen 1000 --mcast-group ff02::81 --mcast-port 9999 --mcast-ttl 3',
    '--stop-daemon master',
    '-L -t 192.0.2.1:80 -n --stats -X --nosort',
    '-L -c --persistent-conn',
    '-L -n --stats --rate --json',
    '-R --sync --json',
    '-R --sync --dry-run --allow-empty --keep-weights --max-removals 25% --min-servers 2 --only tcp --only 10.96.0.0/12:80-443 --except [2001:db8::/32]:53 --except fwmark:100-199 --drain=60',
    '-L -n --json --all',
    '-S -n',
    '-S -n --all',
    '-S --only udp:53 --except fwmark',
  ]) {
    it(`reproduces ${line}`, () => {
      assert.equal(formatCommand(parseCommand(line.split(' '), numericOnly)).join(' '), line);
    });
  }
});
