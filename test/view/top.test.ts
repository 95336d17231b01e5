import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatEndpoint } from '../../src/ipvs/endpoint.ts';
import type { Rankings } from '../../src/ipvs/proc/connection-counts.ts';
import { themeFor } from '../../src/view/framed-table/theme.ts';
import { formatRankings } from '../../src/view/top.ts';
import { address } from '../ipvs/values.ts';

const none = { kinds: 0, connections: 0 };
const web = (host: string, count: number) => ({
  item: { protocol: 'TCP', endpoint: { address: address(host), port: 80 } },
  count,
});
const rankings: Rankings = {
  total: 200,
  clients: {
    largest: [
      { item: address('192.0.2.7'), count: 150 },
      { item: address('2001:db8:1234:5678:9abc:def0:1234:5678'), count: 40 },
    ],
    rest: { kinds: 3, connections: 10 },
  },
  services: { largest: [web('192.0.2.1', 200)], rest: none },
  servers: { largest: [web('10.0.0.1', 110), web('10.0.0.2', 90)], rest: none },
  states: { largest: [{ item: { protocol: 'TCP', state: 'ESTABLISHED' }, count: 200 }], rest: none },
};
const names = { host: ({ text }: { text: string }) => text, endpoint: formatEndpoint };

function lines(width: number | undefined, utf8 = true, all = rankings): string[] {
  return formatRankings(all, { names, theme: themeFor({ utf8, colors: false }), width }).split('\n');
}

describe('formatRankings', () => {
  it('prints the largest entries of each kind, and the sum of the rest', () => {
    assert.deepEqual(lines(80), [
      '200 connections',
      '',
      'Clients                                   Connections  Share',
      '  192.0.2.7                                       150    75%  █████████████▌',
      '  2001:db8:1234:5678:9abc:def0:1234:5678           40    20%  ███▋',
      '  3 more                                           10     5%  ▉',
      '',
      'Services                                  Connections  Share',
      '  TCP 192.0.2.1:80                                200   100%  ██████████████████',
      '',
      'Servers                                   Connections  Share',
      '  TCP 10.0.0.1:80                                 110    55%  █████████▉',
      '  TCP 10.0.0.2:80                                  90    45%  ████████▏',
      '',
      'States                                    Connections  Share',
      '  TCP ESTABLISHED                                 200   100%  ██████████████████',
      '',
    ]);
  });

  it('ends in any width', () => {
    for (let width = 1; width < 40; width++) assert.ok(lines(width).join('').includes('75%'), `${width}`);
  });

  it('fits into any width from 40 columns', () => {
    for (let width = 40; width <= 200; width++) {
      for (const line of lines(width)) assert.ok(line.length <= width, `${line.length} > ${width}: ${line}`);
    }
    assert.ok(lines(40).join('').replaceAll(' ', '').includes('def0:1234:5678'));
  });

  it('keeps IPv4 addresses on one line in 40 columns, with a shorter heading', () => {
    const text = lines(40);
    assert.equal(text[2], 'Clients                     Conns  Share');
    assert.ok(text.includes('  TCP 10.0.0.1:80             110    55%'));
  });

  it('prints only ASCII if the locale is not UTF-8', () => {
    assert.match(lines(80, false).join('\n'), /^[\x20-\x7e\n]*$/);
  });

  it('prints only the count if there are no connections', () => {
    const empty = { largest: [], rest: none };
    const all = { total: 0, clients: empty, services: empty, servers: empty, states: empty };
    assert.deepEqual(lines(80, true, all), ['0 connections', '']);
  });
});
