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
