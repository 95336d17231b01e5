import fc from 'fast-check';
import { RuleError } from '../../src/rules/error.ts';
import { numericOnly } from '../../src/rules/names.ts';
import type { BadRule, Rule } from '../../src/rules/rule.ts';
import type { RuleFile } from '../../src/rules/rule-file.ts';
import { parseRuleLine } from '../../src/rules/rule-line.ts';

/** Parses a rule file without the bulk parser: line by line, with the parser for single rules. */
export function parsePlainly(file: Buffer): RuleFile {
  const rules: Rule[] = [];
  const errors: BadRule[] = [];
  for (const [index, text] of file
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries()) {
    const place = index + 1;
    try {
      const command = parseRuleLine(text, numericOnly);
      if (command) rules.push({ place, command });
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      errors.push({ place, text, error });
    }
  }
  return { rules, errors };
}

const octet = fc.constantFrom('0', '1', '9', '10', '099', '127', '192', '255', '256', '1000', '', 'x', '-1');
const address = fc.oneof(
  { weight: 3, arbitrary: fc.ipV4() },
  fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.')),
  fc.constantFrom('10.1', '0x0a000001', '[2001:db8::1]', '2001:db8::1', '1.2.3.4.5', ''),
);
const port = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 65535 }).map((port) => `:${port}`) },
  fc.constantFrom(':0', ':080', ':65536', ':', '', ':http', ':1:2', ': 80', `:${'9'.repeat(400)}`),
);
const endpoint = fc.tuple(address, port).map((parts) => parts.join(''));
const gap = fc.oneof(
  { weight: 9, arbitrary: fc.constant(' ') },
  fc.constantFrom('  ', '\t', '', ' \r', ' # '),
);
const beginning = fc.constantFrom(
  ...['-A -t ', '-A -u ', '-a -t ', '-a -u ', '-a -t', '-E -t ', ' -A -t ', '-A -f ', 'ipvsadm -A -t '],
);
const serverOption = fc.oneof(
  { weight: 9, arbitrary: fc.constant('-r ') },
  fc.constantFrom('-r', '', '-s rr -r ', '-r\t'),
);
const rest = fc.constantFrom(
  ...['', '-s rr', '-s wlc -p 300', '-s rr -o', '-M 255.255.0.0 -p', '-g -w 1', '-m -w 2', '-i -w 0'],
  ...['-g -w 1 -x 10 -y 5', '-g -w x', '-w 1 -w 2', '-i --tun-type gue --tun-port 5555', '-t 10.0.0.1:80'],
  ...[
    '-s rr#',
    '-s rr # first',
    '#',
    '\t-g',
    '-s gr\u00fcn',
    '-s \0',
    `-w 1${' '.repeat(300)}`,
    'ipvsadm -w 3',
  ],
);
const oddLine = fc
  .tuple(beginning, endpoint, gap, fc.option(fc.tuple(serverOption, endpoint, gap)), rest)
  .map(
    ([start, service, between, server, end]) =>
      `${start}${service}${between}${(server ?? []).join('')}${end}`,
  );
const otherLine = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '#',
    '# -A -t 10.0.0.1:80',
    '-C',
    '-Z',
    '-R',
    '-S',
    '-Ln',
    '-A',
    'x',
    'ipvsadm',
    '-a -t',
  ),
  fc.constantFrom('-A -t [2001:db8::1]:80 -s rr', '-a -t [2001:db8::1]:80 -r [2001:db8::2]:80 -g', '-A -f 1'),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replaceAll('\n', '')),
);

/** Only a few endpoints, so that a service recurs, both directly and after others. */
const usual = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('10.0.0.1:80', '10.0.0.1:81', '10.0.0.2:80', '192.0.2.1:443') },
  fc.constantFrom(
    ...[
      '010.0.0.1:80',
      '10.0.0.1:080',
      '10.0.0.256:80',
      '10.0.0.1:0',
      '10.0.0.1:65536',
      '10.0.1:80',
      '10.0.0.1',
    ],
    ...['4294967306.0.0.1:80', '10.0.0.1:4294967376', '10.0.0.1.80', '10.0.0.1:80:80', '10.0.0.1:80x'],
  ),
);
const usualLine = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('-A -t', '-A -u'),
      usual,
      fc.constantFrom('', ' -s rr', ' -s wlc -p 300', ' # web'),
    )
    .map(([start, service, end]) => `${start} ${service}${end}`),
  fc
    .tuple(
      fc.constantFrom('-a -t', '-a -u'),
      usual,
      usual,
      fc.constantFrom('', ' -g -w 1', ' -m -w 2', '\t-i'),
    )
    .map(([start, service, server, end]) => `${start} ${service} -r ${server}${end}`),
);
const line = fc.oneof(
  { weight: 12, arbitrary: usualLine },
  { weight: 5, arbitrary: oddLine },
  { weight: 2, arbitrary: otherLine },
);
const lineEnd = fc.oneof({ weight: 9, arbitrary: fc.constant('\n') }, fc.constant('\r\n'));
const utf8 = fc.tuple(line, lineEnd).map((parts) => Buffer.from(parts.join('')));
/** A line that is invalid UTF-8, or ends in the middle of a character. */
const notUtf8 = fc
  .tuple(
    usualLine,
    fc.constantFrom('\xff', '\xc3', '\xe2\x82', '\xed\xa0\x80'),
    fc.constantFrom('', ' -w 1', ' # '),
  )
  .map(([text, bytes, end]) => Buffer.from(`${text}${end}${bytes}\n`, 'latin1'));
const mark = fc.constantFrom('', '', '', '\ufeff');

/** Lines of a rule file as bytes. Many differ only in addresses and ports; the last one may lack a line feed. */
export const fileLines: fc.Arbitrary<Buffer[]> = fc
  .tuple(
    mark,
    fc.array(fc.oneof({ weight: 15, arbitrary: utf8 }, notUtf8), { maxLength: 40, size: 'max' }),
    fc.option(line, { nil: '' }),
  )
  .map(([start, lines, last]) => [Buffer.from(start), ...lines, Buffer.from(last)]);

/** Rule files as in `fileLines`, cut into blocks of whole lines. */
export const fileBlocks: fc.Arbitrary<Buffer[]> = fc
  .tuple(fileLines, fc.infiniteStream(fc.boolean()))
  .map(([[first = Buffer.alloc(0), ...lines], starts]) => {
    const blocks = [[first]];
    for (const line of lines) {
      if (starts.next().value) blocks.push([line]);
      else blocks.at(-1)?.push(line);
    }
    return blocks.map((parts) => Buffer.concat(parts)).filter((block) => block.length > 0);
  });
