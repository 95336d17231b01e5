import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IpvsError, type IpvsOperation } from '../../src/ipvs/errors.ts';
import { type IpvsRequest, toCommand } from '../../src/ipvs/requests.ts';
import { NetlinkError } from '../../src/netlink/errors.ts';
import { MessageWriter } from '../../src/netlink/writer.ts';
import { address, tcp } from './values.ts';

const web = tcp('192.0.2.1', 80);
const server = { address: address('10.0.0.1'), port: 80 };
const settings = {
  forwarding: 'route',
  weight: 1,
  upperThreshold: 0,
  lowerThreshold: 0,
  tunnel: { type: 'ipip', port: 0, flags: 0 },
} as const;

const ENOENT = 2;
const ESRCH = 3;
const EEXIST = 17;
const EPERM = 1;

function message(asked: IpvsOperation, errno: number): string {
  return new IpvsError(asked, NetlinkError.refused(errno, 21)).message;
}

describe('IpvsError', () => {
  it('has a message with the request, the service, the server and the meaning of the errno', () => {
    const add = { request: 'addDestination', service: web, destination: server, settings } as const;
    assert.equal(
      message(add, ESRCH),
      'adding real server 10.0.0.1:80 to TCP 192.0.2.1:80: no such service (ESRCH)',
    );
    assert.equal(
      message(add, EEXIST),
      'adding real server 10.0.0.1:80 to TCP 192.0.2.1:80: the server already exists (EEXIST)',
    );
    assert.equal(
      message({ ...add, request: 'updateDestination' }, ENOENT),
      'changing real server 10.0.0.1:80 of TCP 192.0.2.1:80: no such server (ENOENT)',
    );
    const mark = { kind: 'fwmark', family: 'inet6', fwmark: 7 } as const;
    assert.equal(
      message({ request: 'removeService', service: mark }, ESRCH),
      'removing firewall mark 7 of IPv6: no such service (ESRCH)',
    );
    assert.equal(
      message({ request: 'flush' }, EPERM),
      'removing all services: CAP_NET_ADMIN is required (EPERM)',
    );
  });

  it('has a message about each request', () => {
    const daemon = { role: 'backup', interface: 'eth0', syncId: 1 } as const;
    const none = { scheduler: 'wlc', flags: 0, timeout: 0, netmask: 0xffffffff };
    const mark = { kind: 'fwmark', family: 'inet', fwmark: 7 } as const;
    const of = { service: web, destination: server };
    const phrases: readonly [IpvsOperation, string][] = [
      [{ request: 'addService', service: web, settings: none }, 'adding TCP 192.0.2.1:80'],
      [{ request: 'updateService', service: web, settings: none }, 'changing TCP 192.0.2.1:80'],
      [{ request: 'removeService', service: mark }, 'removing firewall mark 7 of IPv4'],
      [{ request: 'removeDestination', ...of }, 'removing real server 10.0.0.1:80 from TCP 192.0.2.1:80'],
      [{ request: 'flush' }, 'removing all services'],
      [{ request: 'zero' }, 'resetting all counters'],
      [{ request: 'zero', service: web }, 'resetting the counters of TCP 192.0.2.1:80'],
      [{ request: 'setTimeouts', timeouts: { tcp: 1, tcpFin: 2, udp: 3 } }, 'setting timeouts'],
      [{ request: 'startDaemon', daemon }, 'starting the backup sync daemon on eth0'],
      [{ request: 'stopDaemon', role: 'master' }, 'stopping the master sync daemon'],
      [{ request: 'service', service: web }, 'reading TCP 192.0.2.1:80'],
      [{ request: 'destinations', service: web }, 'listing the real servers of TCP 192.0.2.1:80'],
      [{ request: 'destinations', service: undefined }, 'listing real servers'],
      [{ request: 'services' }, 'listing services'],
      [{ request: 'info' }, 'reading the version'],
      [{ request: 'timeouts' }, 'reading timeouts'],
      [{ request: 'daemons' }, 'listing sync daemons'],
    ];
    for (const [operation, phrase] of phrases)
      assert.equal(message(operation, EPERM), `${phrase}: CAP_NET_ADMIN is required (EPERM)`);
  });

  it('has a message about each errno that a request can meet', () => {
    const daemon = { role: 'backup', interface: 'eth0', syncId: 1 } as const;
    const none = { scheduler: 'wlc', flags: 0, timeout: 0, netmask: 0xffffffff };
    const of = { service: web, destination: server };
    const meaning = (operation: IpvsOperation, errno: number) =>
      message(operation, errno).replace(/^.*?: /, '');
    const add = { request: 'addService', service: web, settings: none } as const;
    const update = { request: 'updateService', service: web, settings: none } as const;
    const scheduler = 'the kernel does not have this scheduler or persistence engine (ENOENT)';
    assert.equal(meaning(add, EEXIST), 'the service already exists (EEXIST)');
    assert.equal(meaning(add, ENOENT), scheduler);
    assert.equal(meaning(update, ENOENT), scheduler);
    for (const operation of [
      update,
      { request: 'zero', service: web },
      { request: 'service', service: web },
      { request: 'updateDestination', ...of, settings },
      { request: 'removeDestination', ...of },
    ] as const)
      assert.equal(meaning(operation, ESRCH), 'no such service (ESRCH)');
    assert.equal(meaning({ request: 'removeDestination', ...of }, ENOENT), 'no such server (ENOENT)');
    for (const request of ['addDestination', 'updateDestination'] as const)
      assert.match(
        meaning({ request, ...of, settings }, 34),
        /^weight or threshold out of range: at most 2147483647, .* \(ERANGE\)$/,
      );
    const start = { request: 'startDaemon', daemon } as const;
    assert.equal(meaning(start, EEXIST), 'a daemon is already running in this role (EEXIST)');
    assert.equal(meaning(start, 19), 'no such interface (ENODEV)');
    const stop = { request: 'stopDaemon', role: 'master' } as const;
    assert.equal(meaning(stop, ESRCH), 'no daemon is running in this role (ESRCH)');
    assert.equal(meaning(stop, 22), 'the kernel does not accept these values (EINVAL)');
    assert.equal(meaning(stop, 12), 'the kernel is out of memory (ENOMEM)');
    assert.equal(
      meaning(stop, 97),
      'the kernel does not support this address family or protocol (EAFNOSUPPORT)',
    );
    assert.equal(meaning(stop, 95), 'the kernel does not support this (EOPNOTSUPP)');
    assert.equal(meaning(stop, 5), 'the kernel refused the request (EIO)');
  });

  it('has the properties of the request and of the refusal', () => {
    const error = new IpvsError(
      { request: 'removeDestination', service: web, destination: server },
      NetlinkError.refused(ENOENT, 21),
    );
    assert.ok(error instanceof NetlinkError);
    assert.deepEqual(
      [error.code, error.errno, error.sequence, error.request],
      ['REFUSED', ENOENT, 21, 'removeDestination'],
    );
    assert.deepEqual([error.service, error.destination], [web, server]);
  });
});

describe('a request with a value of the wrong type', () => {
  /** Encodes a request given as JSON, as if from a program without static types. */
  const encode = (request: string) => toCommand(JSON.parse(request)).body(new MessageWriter());

  it('is refused with a TypeError that names the field and its expected type', () => {
    const service = '{"kind": "address", "protocol": "tcp", "address": "192.0.2.1", "port": 80}';
    assert.throws(() => encode(`{"request": "removeService", "service": ${service}}`), {
      name: 'TypeError',
      message: /service\.address must be an Address.*Address\.of/,
    });
    const mark = '{"kind": "fwmark", "family": "inet", "fwmark": "7"}';
    assert.throws(() => encode(`{"request": "removeService", "service": ${mark}}`), {
      name: 'TypeError',
      message: /service\.fwmark must be/,
    });
    assert.throws(() => encode('{"request": "removeService", "service": "192.0.2.1:80"}'), {
      name: 'TypeError',
      message: /service/,
    });
  });
});

describe('a number that the kernel would take for something else', () => {
  const refusal = (request: IpvsRequest) => {
    assert.throws(() => toCommand(request).body(new MessageWriter()), { name: 'RangeError' });
  };

  it('is a RangeError: the mark 0 stands for no mark', () => {
    const service = { kind: 'fwmark', family: 'inet', fwmark: 0 } as const;
    const none = { scheduler: 'wlc', flags: 0, timeout: 0, netmask: 0xffffffff };
    refusal({ request: 'addService', service, settings: none });
    refusal({ request: 'removeService', service });
    refusal({ request: 'addDestination', service, destination: server, settings });
    refusal({ request: 'zero', service });
  });

  it('is a RangeError: of a sync ID, eight bits are sent', () => {
    const daemon = { role: 'backup', interface: 'eth0', syncId: 256 } as const;
    refusal({ request: 'startDaemon', daemon });
  });
});
