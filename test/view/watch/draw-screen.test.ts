import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatEndpoint } from '../../../src/ipvs/endpoint.ts';
import { themeFor } from '../../../src/view/framed-table/theme.ts';
import type { ColumnSet } from '../../../src/view/listing/columns.ts';
import { type DrawnScreen, type WatchOptions, WatchView } from '../../../src/view/watch/draw-screen.ts';
import { historyOf } from '../../../src/view/watch/rates.ts';
import { Samples } from '../../../src/view/watch/samples.ts';
import type { WatchedService } from '../../../src/view/watch/selection.ts';
import { initialState } from '../../../src/view/watch/state.ts';
import { tcp } from '../../ipvs/values.ts';
import { sample, server, service, stats } from '../framed-table/tables.ts';

const options: WatchOptions = {
  columns: 'table',
  exact: false,
  framed: false,
  endpoint: formatEndpoint,
  theme: themeFor({ utf8: true, colors: false }),
};
const status = {
  info: undefined,
  interval: 1,
  time: new Date(2026, 0, 2, 3, 4, 5),
  error: undefined,
};
const size = { columns: 80, rows: 24 };

/** Returns services with servers; the higher the number of a service or server, the more connections. */
function services(count: number, servers: number): WatchedService[] {
  return Array.from({ length: count }, (_, s) => ({
    key: `s${s}`,
    service: service(tcp(`10.9.0.${s + 1}`, 80)),
    servers: Array.from({ length: servers }, (_, d) =>
      server(`10.1.${s + 1}.${d + 1}`, 80, { activeConnections: (s + 1) * 10 + d }),
    ),
    history: undefined,
  }));
}

const sampled: WatchedService[] = sample.map(({ service, destinations }, index) => ({
  key: String(index),
  service,
  servers: destinations,
  history: undefined,
}));

/** Returns the lines of the table on a drawn screen. */
function body({ text }: DrawnScreen): string[] {
  return text
    .slice(2, -1)
    .map((line) => line.trimEnd())
    .filter(Boolean);
}

describe('WatchView', () => {
  it('fills the screen, with a status line, headings and key help', () => {
    const { text } = new WatchView(options).draw(services(2, 2), initialState, size, status);
    assert.equal(text.length, 24);
    assert.match(text[0] ?? '', /^2 services, 4 servers +every 1 s {2}03:04:05$/);
    assert.match(text[1] ?? '', /^Service and servers .*Active .*Conn\/s/);
    assert.equal(text.at(-1), 'q quit   s sort (address)   / filter   space pause');
  });

  it('shows shares with frames, and the outgoing rate without', () => {
    const heading = (framed: boolean) =>
      new WatchView({ ...options, framed }).draw(services(2, 2), initialState, size, status).text[1] ?? '';
    assert.match(heading(true), /^ {2}Service and .* Inactive +Conn\/s +In B\/s +Share$/);
    assert.match(heading(false), /^Service and .* Inactive +Conn\/s +In B\/s +Out B\/s$/);
  });

  it('has headings with rates for each set of columns', () => {
    const heading = (columns: ColumnSet, framed: boolean) => {
      const view = new WatchView({ ...options, columns, framed });
      const { text } = view.draw(sampled, initialState, { columns: 200, rows: 24 }, status);
      return text[1]?.trim().replaceAll(/ {2,}/g, ', ').replace('Service and servers, ', '');
    };
    const expected: Readonly<Record<ColumnSet, string>> = {
      table: 'Forward, Weight, Active, Inactive, Conn/s, In pkt/s, Out pkt/s, In B/s, Out B/s, Share',
      'tun-info': 'Forward, Tunnel, Weight, Active, Inactive, Conn/s, In B/s, Out B/s, Share',
      thresholds: 'Weight, Upper, Lower, Active, Inactive, Conn/s, Used',
      'persistent-conn': 'Weight, Persist, Active, Inactive, Conn/s, Share',
      stats: 'Conns, In pkts, Out pkts, In bytes, Out bytes, Conn/s, In B/s, Out B/s, Share',
      rate: 'Conn/s, In pkt/s, Out pkt/s, In B/s, Out B/s, Share',
    };
    for (const columns of Object.keys(expected) as ColumnSet[])
      for (const framed of [true, false]) assert.equal(heading(columns, framed), expected[columns]);
  });

  it('shortens the status line and key help in a narrow terminal', () => {
    const info = { version: { major: 1, minor: 2, patch: 1 }, connectionTableSize: 4096 };
    const lines = (columns: number, some: Partial<typeof initialState>) => {
      const state = { ...initialState, ...some };
      const { text } = new WatchView(options).draw(
        services(2, 9),
        state,
        { columns, rows: 9 },
        { ...status, info },
      );
      return [text[0], text.at(-1)];
    };
    assert.deepEqual(lines(80, {}), [
      'IP Virtual Server 1.2.1: 2 services, 18 servers              every 1 s  03:04:05',
      'q quit   s sort (address)   / filter   space pause                     1-6 of 20',
    ]);
    assert.deepEqual(lines(50, {}), [
      '2 services, 18 servers         every 1 s  03:04:05',
      'q quit  s sort  / filter  space pause    1-6 of 20',
    ]);
    assert.deepEqual(lines(40, { paused: true }), [
      '2 services, 18 servers            paused',
      'q quit  s sort  / filter  …    1-6 of 20',
    ]);
    assert.equal(lines(24, {})[0], '2 services, 1…  03:04:05');
  });

  it('fits into terminals of any size', () => {
    for (const framed of [true, false]) {
      for (let columns = 40; columns <= 200; columns += 7) {
        for (const rows of [1, 2, 3, 4, 5, 13, 24]) {
          const view = new WatchView({ ...options, framed });
          const { text } = view.draw(sampled, { ...initialState, scroll: 7 }, { columns, rows }, status);
          assert.equal(text.length, rows);
          for (const line of text) assert.ok(line.length <= columns, `${line.length} > ${columns}: ${line}`);
        }
      }
    }
  });

  for (const framed of [true, false]) {
    it(`scrolls line by line ${framed ? 'with' : 'without'} frames`, () => {
      // Names of one and of several lines.
      for (const table of [services(3, 5), sampled]) {
        const view = new WatchView({ ...options, framed });
        const all = view.draw(table, initialState, { columns: 60, rows: 60 }, status);
        const whole = all.text.slice(2, 2 + all.lines);
        for (let scroll = 0; scroll <= all.lines - 7; scroll++) {
          const { text } = view.draw(table, { ...initialState, scroll }, { columns: 60, rows: 10 }, status);
          assert.deepEqual(text.slice(2, -1), whole.slice(scroll, scroll + 7), `at ${scroll}`);
        }
      }
    });
  }

  it('scrolls to the last line in a terminal with room for one', () => {
    const draw = (scroll: number) =>
      new WatchView(options).draw(
        services(1, 2),
        { ...initialState, scroll },
        { columns: 80, rows: 4 },
        status,
      );
    const { text, height, lines } = draw(9);
    assert.deepEqual([height, lines], [1, 3]);
    assert.match(text[2] ?? '', /^ {2}-> 10\.1\.1\.2:80 /);
    assert.match(text[3] ?? '', / 3-3 of 3$/);
    assert.match(draw(0).text[2] ?? '', /^TCP 10\.9\.0\.1:80 /);
  });

  it('returns the services that are on the screen', () => {
    const view = new WatchView(options);
    const frame = view.draw(
      services(5, 10),
      { ...initialState, scroll: 20 },
      { columns: 80, rows: 9 },
      status,
    );
    assert.deepEqual(frame.visible, ['s1', 's2']);
    assert.deepEqual([frame.height, frame.lines], [6, 55]);
    assert.match(frame.text.at(-1) ?? '', /21-26 of 55$/);
  });

  it('sorts services and servers by a column', () => {
    const state = { ...initialState, sort: 'Active' };
    const frame = new WatchView(options).draw(services(2, 2), state, size, status);
    assert.deepEqual(
      body(frame).map((line) => line.trim().split(/ +/).slice(0, 2).join(' ')),
      [
        'TCP 10.9.0.2:80',
        '-> 10.1.2.2:80',
        '-> 10.1.2.1:80',
        'TCP 10.9.0.1:80',
        '-> 10.1.1.2:80',
        '-> 10.1.1.1:80',
      ],
    );
    assert.match(frame.text[1] ?? '', /▼Active/);
  });

  it('keeps the order of services and servers with equal values', () => {
    const state = { ...initialState, sort: 'Inactive' };
    const names = (sort: string | undefined) =>
      body(new WatchView(options).draw(services(3, 4), { ...state, sort }, size, status)).map(
        (line) => line.trim().split(/ {2,}/)[0],
      );
    assert.deepEqual(names('Inactive'), names(undefined));
  });

  it('shows only matches of a filter, and all servers of a matching service', () => {
    const shown = (filter: string) =>
      body(new WatchView(options).draw(services(3, 2), { ...initialState, filter }, size, status)).length;
    assert.equal(shown('10.1.2.1'), 2);
    assert.equal(shown('10.9.0.3'), 3);
    assert.equal(shown('TCP'), 9);
    const nothing = new WatchView(options).draw(
      services(3, 2),
      { ...initialState, filter: 'x' },
      size,
      status,
    );
    assert.deepEqual(body(nothing), ['Nothing matches.']);
    assert.match(nothing.text[0] ?? '', /^0 of 3 services, 0 of 6 servers/);
  });

  it('puts the cursor at the end of the typed filter', () => {
    const state = { ...initialState, prompt: '192' };
    const { text, cursor } = new WatchView(options).draw(services(1, 1), state, size, status);
    assert.deepEqual([text.at(-1), cursor], ['Filter: 192', 12]);
  });

  it('shows rates, and highlights changed numbers', () => {
    const theme = themeFor({ utf8: true, colors: true });
    const before = server('10.0.0.1', 80, { activeConnections: 1 });
    const now = server('10.0.0.1', 80, {
      activeConnections: 3,
      stats: stats({ connections: 5n, inBytes: 200n }),
    });
    const servers = new Samples(0, [before]);
    servers.add(2000, [now]);
    const one = service(tcp('192.0.2.1', 80));
    const watched = {
      key: '',
      service: one,
      servers: [now],
      history: historyOf(new Samples(0, one), servers),
    };
    const { text } = new WatchView({ ...options, theme }).draw([watched], initialState, size, status);
    const line = text.find((line) => line.includes('10.0.0.1')) ?? '';
    assert.ok(line.includes('\x1b[1m3\x1b['), 'a changed number is bold');
    assert.match(line, / 2\.5 /);
    assert.match(line, / 100 /);
    assert.ok(line.includes('\x1b[2m0\x1b['), 'a rate of 0 is dim');
  });

  it('shows an error instead of the counts', () => {
    const { text } = new WatchView(options).draw([], initialState, size, {
      ...status,
      error: 'No such service',
    });
    assert.match(text[0] ?? '', /^No such service +every/);
  });
});
