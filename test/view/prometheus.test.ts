import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ServiceFlag } from '../../src/ipvs/model.ts';
import type { MetricsScope } from '../../src/rules/command.ts';
import { formatMetrics } from '../../src/view/prometheus.ts';
import { tcp } from '../ipvs/values.ts';
import { sample, server, service, stats } from './framed-table/tables.ts';

const info = { version: { major: 1, minor: 2, patch: 1 }, connectionTableSize: 4096 };
const totals = stats({ connections: 5n, inBytes: 18_446_744_073_709_551_615n });

function lines(entries = sample): string[] {
  return [...formatMetrics({ info, totals, entries })].join('').split('\n');
}

describe('formatMetrics', () => {
  it("prints node_exporter's metrics with the same names, labels and help", () => {
    const entries = [
      {
        service: service(tcp('192.168.0.22', 3306)),
        destinations: [
          server('192.168.82.22', 3306, { weight: 100, activeConnections: 248, inactiveConnections: 2 }),
        ],
      },
      {
        service: service({ kind: 'fwmark', family: 'inet', fwmark: 0x10001000 }),
        destinations: [server('192.168.50.26', 0)],
      },
    ];
    const labels =
      'local_address="192.168.0.22",local_mark="",local_port="3306",proto="TCP",remote_address="192.168.82.22",remote_port="3306"';
    const markLabels =
      'local_address="",local_mark="10001000",local_port="0",proto="FWM",remote_address="192.168.50.26",remote_port="0"';
    assert.deepEqual(
      lines(entries).filter(
        (line) => line.includes('node_ipvs_backend') || line.includes('node_ipvs_connections'),
      ),
      [
        '# HELP node_ipvs_connections_total The total number of connections made.',
        '# TYPE node_ipvs_connections_total counter',
        'node_ipvs_connections_total 5',
        '# HELP node_ipvs_backend_connections_active The current active connections by local and remote address.',
        '# TYPE node_ipvs_backend_connections_active gauge',
        `node_ipvs_backend_connections_active{${labels}} 248`,
        `node_ipvs_backend_connections_active{${markLabels}} 0`,
        '# HELP node_ipvs_backend_connections_inactive The current inactive connections by local and remote address.',
        '# TYPE node_ipvs_backend_connections_inactive gauge',
        `node_ipvs_backend_connections_inactive{${labels}} 2`,
        `node_ipvs_backend_connections_inactive{${markLabels}} 0`,
        '# HELP node_ipvs_backend_weight The current backend weight by local and remote address.',
        '# TYPE node_ipvs_backend_weight gauge',
        `node_ipvs_backend_weight{${labels}} 100`,
        `node_ipvs_backend_weight{${markLabels}} 1`,
      ],
    );
  });

  it('prints further metrics, which node_exporter does not have', () => {
    const text = lines();
    const assertLine = (line: string) => assert.ok(text.includes(line), line);
    const web = 'local_address="192.168.10.120",local_mark="",local_port="80",proto="TCP"';
    assertLine('node_ipvs_incoming_bytes_total 18446744073709551615');
    assertLine('ipvs_info{version="1.2.1"} 1');
    assertLine('ipvs_services 4');
    assertLine(`ipvs_service_connections_total{${web},family="ipv4"} 1234`);
    assertLine(`ipvs_service_backends{${web},family="ipv4"} 4`);
    assertLine(`ipvs_service_backends_usable{${web},family="ipv4"} 2`);
    assertLine(
      `ipvs_backend_upper_threshold{${web},remote_address="192.168.10.124",remote_port="80",family="ipv4"} 100`,
    );
    const mark = 'local_address="",local_mark="FFFFFFFF",local_port="0",proto="FWM",family="ipv6"';
    assertLine(`ipvs_service_backends_usable{${mark}} 0`);
    assert.equal(
      text.filter((line) => line.startsWith('ipvs_service_persistence_timeout_seconds{')).length,
      1,
    );
  });

  it('prints every metric of a director, a service and a server', () => {
    const counted = (first: bigint) =>
      stats({
        ...{ connections: first, inPackets: first + 1n, outPackets: first + 2n },
        ...{ inBytes: first + 3n, outBytes: first + 4n },
      });
    const flags = ServiceFlag.persistent | ServiceFlag.onePacket | ServiceFlag.scheduler1;
    const settings = { scheduler: 'sh', flags, timeout: 300, persistenceEngine: 'sip' };
    const one = server('10.0.0.1', 8080, {
      ...{ forwarding: 'tunnel', tunnel: { type: 'gre', port: 0, flags: 0 } },
      ...{ weight: 2, upperThreshold: 9, lowerThreshold: 6, stats: counted(30n) },
      ...{ activeConnections: 3, inactiveConnections: 4, persistentConnections: 5 },
    });
    const entries = [
      { service: service(tcp('192.0.2.1', 80), { ...settings, stats: counted(20n) }), destinations: [one] },
    ];
    const text = [...formatMetrics({ info, totals: counted(10n), entries })].join('');
    const samples = text.split('\n').filter((line) => line && !line.startsWith('#'));
    const traffic = (prefix: string, first: number) =>
      ['connections', 'incoming_packets', 'outgoing_packets', 'incoming_bytes', 'outgoing_bytes'].map(
        (name, index) => `${prefix}_${name}_total ${first + index}`,
      );
    assert.deepEqual(
      samples.map((line) => line.replace(/\{.*\}/, '')),
      [
        ...traffic('node_ipvs', 10),
        ...['ipvs_info 1', 'ipvs_connection_table_size 4096', 'ipvs_services 1'],
        ...['node_ipvs_backend_connections_active 3', 'node_ipvs_backend_connections_inactive 4'],
        'node_ipvs_backend_weight 2',
        ...traffic('ipvs_service', 20),
        ...['ipvs_service_info 1', 'ipvs_service_persistence_timeout_seconds 300'],
        ...['ipvs_service_backends 1', 'ipvs_service_backends_usable 1'],
        ...traffic('ipvs_backend', 30),
        'ipvs_backend_connections_persistent 5',
        ...['ipvs_backend_upper_threshold 9', 'ipvs_backend_lower_threshold 6', 'ipvs_backend_info 1'],
      ],
    );
    const local = 'local_address="192.0.2.1",local_mark="",local_port="80",proto="TCP"';
    const facts = 'scheduler="sh",scheduler_flags="sh-fallback",persistence_engine="sip",one_packet="true"';
    assert.ok(samples.includes(`ipvs_service_info{${local},family="ipv4",local_name="",${facts}} 1`));
    const remote = 'remote_address="10.0.0.1",remote_port="8080",family="ipv4"';
    const method = 'remote_name="",forwarding="tunnel",tunnel="gre"';
    assert.ok(samples.includes(`ipvs_backend_info{${local},${remote},${method}} 1`));
    for (const name of new Set(samples.map((line) => line.replace(/[{ ].*/, ''))))
      assert.match(
        text,
        new RegExp(`^# HELP ${name} .+\\.\\n# TYPE ${name} (counter|gauge)\\n${name}\\b`, 'm'),
      );
  });

  it('prints no sample twice if the same mark and server exist for IPv4 and IPv6', () => {
    const server6 = server('10.0.0.1', 0, { weight: 2, forwarding: 'tunnel' });
    const mark = (family: 'inet' | 'inet6') => ({
      service: service({ kind: 'fwmark', family, fwmark: 1 }),
      destinations: [server6],
    });
    const samples = lines([mark('inet'), mark('inet6')])
      .filter((line) => line && !line.startsWith('#'))
      .map((line) => line.slice(0, line.lastIndexOf(' ')));
    assert.equal(new Set(samples).size, samples.length);
    assert.ok(
      lines([mark('inet'), mark('inet6')]).some((line) => /^node_ipvs_backend_weight.* 4$/.test(line)),
    );
  });

  it('prints only counters of a server with default settings', () => {
    const plain = { service: service(tcp('192.0.2.1', 80)), destinations: [server('10.0.0.1', 80)] };
    const names = new Set(
      lines([plain]).flatMap((line) => (line.startsWith('ipvs_backend_') ? (line.split('{')[0] ?? '') : [])),
    );
    assert.deepEqual(
      [...names],
      ['connections', 'incoming_packets', 'outgoing_packets', 'incoming_bytes', 'outgoing_bytes'].map(
        (name) => `ipvs_backend_${name}_total`,
      ),
    );
  });

  it('omits servers, or servers and services, according to the scope', () => {
    const families = (scope: MetricsScope) => [
      ...new Set(
        [...formatMetrics({ info, totals, entries: sample }, scope)]
          .join('')
          .match(/^(node_)?ipvs_[a-z]+_/gm),
      ),
    ];
    assert.ok(families('servers').includes('ipvs_backend_'));
    assert.ok(!families('services').some((name) => name.includes('backend')));
    assert.ok(families('services').includes('ipvs_service_'));
    assert.deepEqual(
      families('summary').filter((name) => /backend|service_/.test(name)),
      [],
    );
  });

  it('prints host names as labels, if known', () => {
    const names = { host: ({ text }: { text: string }) => `host-${text}`, port: () => undefined };
    const plain = { service: service(tcp('192.0.2.1', 80)), destinations: [server('10.0.0.1', 80)] };
    const text = [...formatMetrics({ info, totals, entries: [plain], names })].join('');
    assert.match(text, /^ipvs_service_info\{local_address="192.0.2.1",.*local_name="host-192.0.2.1",/m);
    assert.match(text, /^ipvs_backend_info\{.*remote_name="host-10.0.0.1",forwarding="route",/m);
    assert.doesNotMatch(text, /^node_.*host-/m);
  });

  it('omits metrics without samples', () => {
    const text = lines([]);
    for (const [index, line] of text.entries()) {
      if (line.startsWith('# TYPE')) assert.match(text[index + 1] ?? '', /^[a-z]/);
    }
  });

  it('escapes special characters in label values', () => {
    const odd = { service: service(tcp('192.0.2.1', 80), { scheduler: 'a"b\\c\nd' }), destinations: [] };
    assert.ok(lines([odd]).some((line) => line.includes('scheduler="a\\"b\\\\c\\nd"')));
  });
});
