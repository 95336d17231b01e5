import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { historyOf, ratesBetween } from '../../../src/view/watch/rates.ts';
import { Samples } from '../../../src/view/watch/samples.ts';
import { tcp } from '../../ipvs/values.ts';
import { server, service, stats } from '../framed-table/tables.ts';

const none = { connections: 0, inPackets: 0, outPackets: 0, inBytes: 0, outBytes: 0 };

describe('rates', () => {
  it('are per second of the time between two samples', () => {
    const before = stats({ connections: 10n, inBytes: 2n ** 63n });
    const now = stats({ connections: 35n, inBytes: 2n ** 63n + 3000n });
    assert.deepEqual(ratesBetween(before, now, 2.5), { ...none, connections: 10, inBytes: 1200 });
  });

  it('are unknown after the counters have been zeroed', () => {
    assert.equal(ratesBetween(stats({ connections: 10n }), stats({ connections: 2n }), 1), undefined);
  });

  it('are unknown after the first sample', () => {
    const one = service(tcp('192.0.2.1', 80));
    const history = historyOf(new Samples(0, one), new Samples(0, [server('10.0.0.1', 80)]));
    assert.equal(history.rates, undefined);
    assert.equal(history.ratesOf(server('10.0.0.1', 80)), undefined);
    assert.equal(history.before(server('10.0.0.1', 80)), undefined);
  });

  it('use the sampling times of the service and of its servers separately', () => {
    const counted = (connections: bigint) => ({ stats: stats({ connections }) });
    const services = new Samples(0, service(tcp('192.0.2.1', 80), counted(0n)));
    services.add(4000, service(tcp('192.0.2.1', 80), counted(8n)));
    const now = server('10.0.0.1', 80, counted(9n));
    const servers = new Samples(1000, [server('10.0.0.1', 80, counted(3n)), server('10.0.0.2', 80)]);
    servers.add(4000, [now]);
    const history = historyOf(services, servers);
    assert.deepEqual(history.rates, { ...none, connections: 2 });
    assert.deepEqual(history.ratesOf(now), { ...none, connections: 2 });
    assert.equal(history.ratesOf(server('10.0.0.9', 80)), undefined, 'a new server has no rates yet');
  });
});

describe('Samples', () => {
  it('compares with the sample two seconds before, as the kernel updates counters that often', () => {
    const samples = new Samples(0, 'a');
    const bases: (string | undefined)[] = [samples.base?.value];
    for (const [index, name] of ['b', 'c', 'd', 'e'].entries()) {
      samples.add((index + 1) * 1000, name);
      bases.push(samples.base?.value);
    }
    assert.deepEqual(bases, [undefined, 'a', 'a', 'b', 'c']);
    assert.deepEqual([samples.previous?.value, samples.latest.value], ['d', 'e']);
  });

  it('compares with the previous sample if samples are further apart', () => {
    const samples = new Samples(0, 'a');
    samples.add(5000, 'b');
    samples.add(10000, 'c');
    assert.equal(samples.base?.value, 'b');
  });
});
