import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { formatEndpoint } from '../../../src/ipvs/endpoint.ts';
import { ServiceFlag } from '../../../src/ipvs/model.ts';
import type { ServiceEntry } from '../../../src/ipvs/table.ts';
import { drawTable, type TableViewOptions } from '../../../src/view/framed-table/framed-table.ts';
import { themeFor } from '../../../src/view/framed-table/theme.ts';
import type { ColumnSet } from '../../../src/view/listing/columns.ts';
import { tcp } from '../../ipvs/values.ts';
import { sample, server, service, stats } from './tables.ts';

const columnSets: readonly ColumnSet[] = [
  'table',
  'stats',
  'rate',
  'thresholds',
  'persistent-conn',
  'tun-info',
];

const defaults: TableViewOptions = {
  columns: 'table',
  exact: false,
  endpoint: formatEndpoint,
  theme: themeFor({ utf8: true, colors: false }),
  width: 80,
  info: { version: { major: 1, minor: 2, patch: 1 }, connectionTableSize: 4096 },
};

function draw(options: Partial<TableViewOptions>, entries: readonly ServiceEntry[] = sample): string[] {
  const text = [...drawTable(entries, { ...defaults, ...options })].join('');
  assert.ok(text.endsWith('\n'));
  return text.slice(0, -1).split('\n');
}

describe('--list --table', () => {
  it('draws a block for each service', () => {
    const table = [
      {
        service: service(tcp('192.168.10.120', 80), { scheduler: 'wlc', flags: 1, timeout: 300 }),
        destinations: [
          server('192.168.10.121', 80, { activeConnections: 30, inactiveConnections: 120 }),
          server('192.168.10.122', 80, { weight: 2, activeConnections: 10, inactiveConnections: 40 }),
          server('192.168.10.123', 80, { weight: 0 }),
        ],
      },
      { service: service({ kind: 'fwmark', family: 'inet', fwmark: 4294967295 }), destinations: [] },
    ];
    assert.deepEqual(draw({}, table), [
      'IP Virtual Server 1.2.1: 2 services, 3 servers',
      '  Service and servers      Forward  Weight  Active  Inactive  Share',
      '╭──────────────────────────────────────────────────────────────────────────────╮',
      '│ TCP 192.168.10.120:80 wlc persistent 300      40       160                   │',
      '│   192.168.10.121:80      Route         1      30       120    75%  ██████▊   │',
      '│   192.168.10.122:80      Route         2      10        40    25%  ██▎       │',
      '│   192.168.10.123:80      Route         0       0         0     0%            │',
      '╰──────────────────────────────────────────────────────────────────────────────╯',
      '╭──────────────────────────────────────────────────────────────────────────────╮',
      '│ FWM 4294967295 rr (no server)                  0         0                   │',
      '╰──────────────────────────────────────────────────────────────────────────────╯',
    ]);
  });

  it('prints only the heading if there are no services', () => {
    assert.deepEqual(draw({}, []), ['IP Virtual Server 1.2.1: 0 services, 0 servers']);
  });

  it('has headings for each set of columns', () => {
    const heading = (columns: ColumnSet) =>
      draw({ columns, width: undefined })[1]?.trim().split(/ {2,}/).slice(1);
    const connections = ['Active', 'Inactive'];
    assert.deepEqual(heading('table'), ['Forward', 'Weight', ...connections, 'Share']);
    assert.deepEqual(heading('tun-info'), ['Forward', 'Tunnel', 'Weight', ...connections, 'Share']);
    assert.deepEqual(heading('thresholds'), ['Weight', 'Upper', 'Lower', ...connections, 'Used']);
    assert.deepEqual(heading('persistent-conn'), ['Weight', 'Persist', ...connections, 'Share']);
    const counters = ['Conns', 'In pkts', 'Out pkts', 'In bytes', 'Out bytes', 'Share'];
    assert.deepEqual(heading('stats'), counters);
    const rates = ['Conn/s', 'In pkt/s', 'Out pkt/s', 'In B/s', 'Out B/s', 'Share'];
    assert.deepEqual(heading('rate'), rates);
  });

  it('omits the least important columns first, and wraps long names before it omits important ones', () => {
    const headings = (columns: ColumnSet) =>
      [40, 50, 60, 70, 80, 90, 100].map((width) => draw({ columns, width, info: undefined })[0] ?? '');
    assert.deepEqual(headings('table'), [
      '  Service and servers   Weight  Active',
      '  Service and servers   Weight  Active  Inactive',
      '  Service and servers      Weight  Active  Inactive  Share',
      '  Service and servers          Weight  Active  Inactive  Share',
      '  Service and servers           Forward  Weight  Active  Inactive  Share',
      '  Service and servers                     Forward  Weight  Active  Inactive  Share',
      '  Service and servers                               Forward  Weight  Active  Inactive  Share',
    ]);
    assert.deepEqual(headings('stats'), [
      '  Service and servers            Conns',
      '  Service and servers           Conns   In bytes',
      '  Service and servers          Conns   In bytes  Out bytes',
      '  Service and servers           Conns  In pkts   In bytes  Out bytes',
      '  Service and servers                     Conns  In pkts   In bytes  Out bytes',
      '  Service and servers                     Conns  In pkts  Out pkts   In bytes  Out bytes',
      '  Service and servers                  Conns  In pkts  Out pkts   In bytes  Out bytes  Share',
    ]);
  });

  for (const columns of columnSets) {
    it(`fits into 40 to 200 columns: ${columns}`, () => {
      for (let width = 40; width <= 200; width += width < 90 ? 3 : 17) {
        const lines = draw({ columns, width });
        for (const line of lines) assert.ok(line.length <= width, `${line.length} > ${width}: ${line}`);
        const framed = lines.filter((line) => /^[╭│╰]/.test(line));
        assert.equal(new Set(framed.map((line) => line.length)).size, 1, `ragged at ${width}`);
        const text = framed.map((line) => line.slice(1, -1).trim()).join('');
        assert.ok(!text.includes('…'), 'something was cut off');
      }
    });
  }

  it('prints long addresses in full', () => {
    for (const width of [40, 60, 80]) {
      const inside = draw({ width }).map((line) => line.slice(2, 32).split('  ')[1] ?? line.slice(2));
      assert.ok(inside.join('').replaceAll(' ', '').includes('[2001:db8:1234:'));
    }
    const wide = draw({ width: 200 }).join('\n');
    assert.ok(wide.includes('  [2001:db8:1234:5678:9abc:def0:1234:5679]:65535  '));
  });

  it('wraps long addresses to two lines, or fits them on one by omitting the bar', () => {
    const long = [
      {
        service: service(tcp('2001:db8:1234:5678:9abc:def0:1234:5678', 443)),
        destinations: [1, 2].map((last) =>
          server(`2001:db8:1234:5678:9abc:def0:1234:567${last}`, 443, { activeConnections: 50 }),
        ),
      },
    ];
    assert.deepEqual(draw({}, long).slice(3, -1), [
      '│ TCP [2001:db8:1234:5678:9abc:def0:1234:           100         0              │',
      '│   5678]:443 rr                                                               │',
      '│   [2001:db8:1234:5678:9abc:   Route         1      50         0    50%  ██   │',
      '│   def0:1234:5671]:443                                                        │',
      '│   [2001:db8:1234:5678:9abc:   Route         1      50         0    50%  ██   │',
      '│   def0:1234:5672]:443                                                        │',
    ]);
    assert.deepEqual(
      draw({ width: 97 }, long)
        .map((line) => line.includes('█'))
        .includes(true),
      false,
    );
    assert.equal(draw({ width: 97 }, long).length, 7);
  });

  it('keeps words that belong together on one line', () => {
    const table = [
      {
        service: service({ kind: 'fwmark', family: 'inet6', fwmark: 4294967295 }, { scheduler: 'wrr' }),
        destinations: [server('2001:db8:1234:5678:9abc:def0:1234:5678', 0, { weight: 0 })],
      },
    ];
    const [name, more] = draw({ columns: 'persistent-conn' }, table).slice(3);
    assert.match(name ?? '', /^│ FWM 4294967295 IPv6 wrr {2}/);
    assert.match(more ?? '', /^│ {3}\(no usable server\) {2}/);
  });

  it('is as wide as necessary if there is no terminal', () => {
    const [longest = ''] = draw({ width: undefined }).sort((a, b) => b.length - a.length);
    assert.ok(longest.length > 100 && longest.length < 200);
  });

  it('prints only ASCII if the locale is not UTF-8', () => {
    for (const columns of columnSets) {
      const text = draw({ columns, theme: themeFor({ utf8: false, colors: false }) }).join('\n');
      assert.match(text, /^[\x20-\x7e\n]*$/);
    }
  });

  it('adds colours if requested, and changes nothing else', () => {
    const colored = draw({ theme: themeFor({ utf8: true, colors: true }) });
    assert.deepEqual(colored.map(stripVTControlCharacters), draw({}));
    const line = (part: string) => colored.find((line) => line.includes(part)) ?? assert.fail(part);
    assert.ok(line('FWM 4294967295').includes('\x1b[31m'), 'a service without a usable server is red');
    assert.ok(line('192.168.10.123').includes('\x1b[2m  192.168.10.123:80'), 'weight 0 is dim');
    assert.ok(line('192.168.10.124').includes('\x1b[35m▲ 192.168.10.124:80'), 'a full server is marked');
    assert.ok(!line('192.168.10.121').includes('\x1b[2m  192'));
    assert.ok(
      !`${colored[0]}${colored[1]}${colored.at(-1)}`.includes('\x1b'),
      'headings and the note have no colour',
    );
    assert.ok(!draw({}).join().includes('\x1b'));
  });

  it('marks servers at their upper threshold, and explains the mark', () => {
    const lines = draw({ columns: 'thresholds' });
    assert.match(lines.find((line) => line.includes('.124')) ?? '', /▲ .* 100 +- +90 +10 +100%/);
    assert.equal(lines.at(-1), '▲ upper threshold reached: no new connections');
    assert.ok(!draw({}, sample.slice(1)).join().includes('▲'));
  });

  it('marks servers whose clients the scheduler refuses, and explains the mark', () => {
    const table = (scheduler: string, flags = 0) => [
      {
        service: service(tcp('192.0.2.1', 80), { scheduler, flags }),
        destinations: [server('10.0.0.1', 80), server('10.0.0.2', 80, { weight: 0 })],
      },
    ];
    for (const scheduler of ['sh', 'mh', 'dh']) {
      const lines = draw({}, table(scheduler));
      assert.deepEqual(
        lines.filter((line) => line.includes('×')).map((line) => line.slice(0, 14)),
        ['│ × 10.0.0.2:8', '× accepts no c'],
      );
      assert.equal(lines.at(-1), '× accepts no connections; its clients are refused');
    }
    for (const unmarked of [table('rr'), table('sh', ServiceFlag.scheduler1)])
      assert.ok(!draw({}, unmarked).join().includes('×'));
  });

  it('prints 64-bit counters', () => {
    const counted = stats({ connections: 123_456_789n, inBytes: 18_446_744_073_709_551_615n });
    const table = [{ service: service(tcp('192.0.2.1', 80), { stats: counted }), destinations: [] }];
    assert.match(draw({ columns: 'stats', width: 120 }, table).join(), / 123456K .* 18446744T /);
    const exact = draw({ columns: 'stats', width: 120, exact: true }, table).join();
    assert.match(exact, / 123456789 .* 18446744073709551615 /);
  });

  it('aligns the frame with wide and combining characters', () => {
    const endpoint = () => '日本語.example.com:80 e\u0301';
    const table = [{ service: service(tcp('192.0.2.1', 80)), destinations: [server('10.0.0.1', 80)] }];
    for (let width = 36; width <= 90; width++) {
      const drawn = draw({ width, endpoint }, table).filter((line) => /^[╭│╰]/.test(line));
      const widths = new Set(drawn.map((line) => stringWidth(line)));
      assert.ok(drawn.length > 3 && widths.size === 1 && Math.max(...widths) <= width, drawn.join('\n'));
    }
  });
});
