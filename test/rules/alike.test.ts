import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Command } from '../../src/rules/command.ts';
import { formatRules } from '../../src/rules/format.ts';
import { numericOnly } from '../../src/rules/names.ts';
import { parseCommand } from '../../src/rules/parse.ts';
import { type BadRule, parseRules, type RuleFile, rulesIn, singly } from '../../src/rules/rule-file.ts';
import * as arbitrary from './arbitraries.ts';

/** What rules mean, each read by itself, as a command line is; what is wrong with it where it is none. */
function oneByOne(text: string): unknown[] {
  return text
    .split('\n')
    .map((line) => line.replace(/(^|[ \t\r])#.*/, ''))
    .map((line) => line.split(/[ \t\r]+/).filter((word) => word !== ''))
    .filter((words) => words.length > 0)
    .map((words) => {
      try {
        return parseCommand(words, numericOnly);
      } catch (error) {
        return error;
      }
    });
}

/** The same read as a file, in which a rule may be taken for one like one before. */
function together(text: string): unknown[] {
  return inOrder(parseRules(text));
}

/** The same read in blocks, of which each begins where `starts` says, at a line. */
function inBlocks(text: string, starts: (line: number) => boolean): unknown[] {
  const blocks: string[] = [];
  for (const [index, line] of text.split(/(?<=\n)/).entries()) {
    if (starts(index) || blocks.length === 0) blocks.push(line);
    else blocks.push(`${blocks.pop()}${line}`);
  }
  const errors: BadRule[] = [];
  return inOrder({ rules: [...singly(rulesIn(blocks, numericOnly, errors))], errors });
}

function inOrder({ rules, errors }: RuleFile): unknown[] {
  return [
    ...rules.map(({ place, command }) => [place, command] as const),
    ...errors.map(({ place, error }) => [place, error] as const),
  ]
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, what]) => what);
}

const octet = fc.constantFrom('0', '1', '9', '10', '099', '127', '192', '255', '256', '1000', '', 'x', '-1');
const address = fc.oneof(
  { weight: 3, arbitrary: fc.ipV4() },
  fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.')),
  fc.constantFrom('10.1', '0x0a000001', '[2001:db8::1]', '2001:db8::1', '1.2.3.4.5', ''),
);
const port = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 65535 }).map((port) => `:${port}`) },
  fc.constantFrom(':0', ':080', ':65536', ':', '', ':http', ':1:2', ': 80'),
);
const endpoint = fc.tuple(address, port).map((parts) => parts.join(''));
const gap = fc.oneof({ weight: 9, arbitrary: fc.constant(' ') }, fc.constantFrom('  ', '\t', '', ' \r'));
const beginning = fc.constantFrom('-A -t ', '-A -u ', '-a -t ', '-a -u ', '-a -t', '-E -t ', ' -A -t ');
const link = fc.oneof({ weight: 9, arbitrary: fc.constant('-r ') }, fc.constantFrom('-r', '', '-s rr -r '));
const ending = fc.constantFrom(
  ...['', '-s rr', '-s wlc -p 300', '-s rr -o', '-M 255.255.0.0 -p', '-g -w 1', '-m -w 2', '-i -w 0'],
  ...['-g -w 1 # a comment', '# -w 5', '-g -w 1#', '#', '-g\t#-w 1 -w 2'],
  ...['-g -w 1 -x 10 -y 5', '-g -w x', '-w 1 -w 2', '-i --tun-type gue --tun-port 5555', '-t 10.0.0.1:80'],
);
const oddLine = fc
  .tuple(beginning, endpoint, gap, fc.option(fc.tuple(link, endpoint, gap)), ending)
  .map(
    ([start, service, between, server, end]) =>
      `${start}${service}${between}${(server ?? []).join('')}${end}`,
  );
/** So few that the same service comes again, also when there was another in between. */
const usual = fc.constantFrom('10.0.0.1:80', '10.0.0.1:81', '10.0.0.2:80', '192.0.2.1:443');
const usualLine = fc.oneof(
  fc
    .tuple(fc.constantFrom('-A -t', '-A -u'), usual, fc.constantFrom('', ' -s rr', ' -s wlc -p 300'))
    .map(([start, service, end]) => `${start} ${service}${end}`),
  fc
    .tuple(
      fc.constantFrom('-a -t', '-a -u'),
      usual,
      usual,
      fc.constantFrom('', ' -g -w 1', ' -m -w 2', ' -g #'),
    )
    .map(([start, service, server, end]) => `${start} ${service} -r ${server}${end}`),
);
const line = fc.oneof({ weight: 9, arbitrary: usualLine }, { weight: 5, arbitrary: oddLine });

describe('rules that are like one before', () => {
  it('mean what they mean alone, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        const text = lines.join('\n');
        assert.deepEqual(together(text), oneByOne(text));
      }),
      { numRuns: 500 },
    );
  });

  it('mean so wherever the file is cut into blocks, and stand on the lines they stand on', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), fc.infiniteStream(fc.boolean()), (lines, starts) => {
        const text = lines.join('\n');
        assert.deepEqual(
          inBlocks(text, () => starts.next().value),
          oneByOne(text),
        );
      }),
    );
    const { rules } = parseRules(
      '-A -t 10.0.0.1:80\n\n'.repeat(3) + '-a -t 10.0.0.1:80 -r 10.0.0.2:80\n'.repeat(200),
    );
    assert.deepEqual(
      rules.map(({ place }) => place),
      [1, 3, 5, ...Array.from({ length: 200 }, (_, index) => 7 + index)],
    );
  });

  it('mean so in a table that was saved', () => {
    fc.assert(
      fc.property(fc.array(arbitrary.tableCommand, { maxLength: 40 }), (commands) => {
        const text = formatRules(commands);
        assert.deepEqual(together(text), oneByOne(text));
      }),
    );
  });

  it('share their settings, and servers in a row their service', () => {
    const { rules } = parseRules(`\
-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 1
-a -t 10.0.0.1:80 -r 10.0.1.2:81 -m -w 1
-A -t 10.0.0.2:80 -s rr
-a -t 10.0.0.2:80 -r 10.0.1.1:80 -m -w 1
-a -t 10.0.0.2:80 -r 10.0.1.2:80 -m -w 1
-a -t 10.0.0.2:80 -r 10.0.1.3:80 -m -w 2
`);
    const commands = rules.map(({ command }) => command as Command & { name: 'add-server' });
    const [one, first, second, other, third, fourth, fifth] = commands;
    assert.equal(other?.settings, one?.settings);
    assert.equal(second?.settings, first?.settings);
    assert.equal(third?.settings, first?.settings);
    assert.equal(fourth?.settings, first?.settings);
    assert.equal(fourth?.service, third?.service);
    assert.notEqual(fifth?.settings, first?.settings);
    assert.deepEqual(second?.server.port, 81);
  });
});
