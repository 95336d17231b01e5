import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Address } from '../../src/ipvs/address.ts';
import { RuleError } from '../../src/rules/error.ts';
import type { RuleFault } from '../../src/rules/fault.ts';
import type { NameLookup } from '../../src/rules/names.ts';
import { parseCommand } from '../../src/rules/parse.ts';

const names: NameLookup = {
  host: (name) => (name === 'web' ? Address.parse('192.0.2.80') : undefined),
  port: (name, protocol) => (name === 'http' && protocol === 'tcp' ? 80 : undefined),
};

function faultOf(line: string): RuleFault | undefined {
  try {
    parseCommand(line.split(' '), names);
    return undefined;
  } catch (error) {
    if (error instanceof RuleError) return error.fault;
    throw error;
  }
}

describe('parseCommand', () => {
  it('returns a listing of the table for an empty command line', () => {
    assert.deepEqual(parseCommand([], names), {
      name: 'list',
      options: { content: 'table', numeric: false, exact: false, sorted: true, persistenceData: false },
    });
  });

  it('resolves port names per protocol', () => {
    const command = parseCommand(['-A', '-t', 'web:http'], names);
    assert.ok(command.name === 'add-service' && command.service.kind === 'address');
    assert.equal(`${command.service.address} ${command.service.port}`, '192.0.2.80 80');
    assert.equal(faultOf('-A -u web:http')?.code, 'illegal-value');
  });

  it('resolves names again for each command, as addresses may change', () => {
    let host = '192.0.2.1';
    const changing: NameLookup = { host: () => Address.parse(host), port: () => undefined };
    const words = ['-a', '-t', 'web:80', '-r', '10.0.0.1'];
    const addressOf = () => {
      const command = parseCommand(words, changing);
      assert.ok(command.name === 'add-server' && command.service.kind === 'address');
      return command.service.address.text;
    };
    assert.equal(addressOf(), '192.0.2.1');
    host = '192.0.2.2';
    assert.equal(addressOf(), '192.0.2.2');
  });

  it('accepts options after the command in any order', () => {
    const orders = [
      '-a -t [2001:db8::1]:80 -r 192.0.2.2 -i -w 3',
      '-a -w 3 -i -r 192.0.2.2 -t [2001:db8::1]:80',
      '-ai -r192.0.2.2 -w=3 --tcp-service=[2001:db8::1]:80',
    ];
    const [first, ...others] = orders.map((line) => parseCommand(line.split(' '), names));
    for (const other of others) assert.deepEqual(other, first);
  });

  it('interprets a netmask by the family of the service, in any order of options', () => {
    assert.deepEqual(
      parseCommand('-A -M 64 -6 -p -f 1'.split(' '), names),
      parseCommand('-A -f 1 -6 -p -M 64'.split(' '), names),
    );
    assert.deepEqual(faultOf('-A -M 255.0.0.0 -6 -f 1'), {
      code: 'illegal-value',
      value: '255.0.0.0',
      sentence: 'illegal ipv6 netmask specified',
    });
  });

  it('reports the first fault of a command line', () => {
    assert.deepEqual(faultOf('-A -t bad -w x --nonsense'), {
      code: 'illegal-value',
      value: 'bad',
      sentence: 'illegal virtual server address[:port] specified',
    });
    assert.deepEqual(faultOf('-A -w x -t bad'), {
      code: 'illegal-value',
      value: 'x',
      sentence: 'illegal weight specified',
    });
    assert.deepEqual(faultOf('-A -t 192.0.2.1:80 --nonsense extra'), {
      code: 'unknown-option',
      word: '--nonsense',
    });
    assert.deepEqual(faultOf('-A extra -w 3'), { code: 'unexpected-argument', word: 'extra' });
  });

  it('throws no other errors than RuleError', () => {
    const words = [
      '-A',
      '-L',
      '-t',
      '-p',
      '-M',
      '--',
      '-',
      '',
      '\0',
      '[',
      ']',
      ':',
      '-p=',
      '--set',
      'é',
      '-é',
      '--=',
      '-=',
    ];
    for (const first of words) {
      for (const second of words) {
        for (const third of words) faultOf([first, second, third].join(' '));
      }
    }
  });
});
