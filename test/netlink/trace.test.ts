import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ipvs } from '../../src/ipvs/client.ts';
import { ipvsNames } from '../../src/ipvs/message-names.ts';
import { NetlinkError } from '../../src/netlink/errors.ts';
import { Routing } from '../../src/netlink/route.ts';
import { describeGeneric } from '../../src/netlink/trace/generic-names.ts';
import { describeRoute } from '../../src/netlink/trace/route-names.ts';
import { tracedSocket } from '../../src/netlink/trace/traced-socket.ts';
import { openSocket } from '../../src/netlink/transport.ts';
import { serviceSettings, tcp } from '../ipvs/values.ts';
import { hex } from './hex.ts';
import {
  answer,
  attribute,
  concat,
  type Delivery,
  done,
  errorAnswer,
  ScriptedKernel,
  type SeenRequest,
} from './scripted-kernel.ts';

/** The controller's answer that IPVS has the family id 0x21. */
const family = '01 02 0000  0900 0200 4950565300 000000  0600 0100 2100 0000  0800 0300 01000000';

/** Adds a service in a kernel that answers the second request with `second`, and returns the lines of the whole trace. */
async function traceOf(second: (request: SeenRequest) => readonly Delivery[]): Promise<string[]> {
  let printed = '';
  const kernel = new ScriptedKernel(([request], round) => {
    assert.ok(request);
    return round === 0 ? [answer(request, hex(family)), errorAnswer(request)] : second(request);
  });
  const transport = tracedSocket(kernel, describeGeneric([ipvsNames]), (text) => {
    printed += text;
  });
  const ipvs = await Ipvs.open({ transport });
  await ipvs
    .addService(tcp('192.0.2.1', 80), { ...serviceSettings, scheduler: 'rr\x1b\u{202e}' })
    .catch(() => {});
  ipvs.close();
  return printed.trimEnd().split('\n');
}

/** Returns the refusal of a request, with a copy of the request's headers, as the kernel sends it. */
function refusal(request: SeenRequest, errno: number): Uint8Array {
  const payload = new Uint8Array(24);
  const view = new DataView(payload.buffer);
  view.setInt32(0, -errno, true);
  view.setUint32(4, 20, true);
  view.setUint16(8, request.type, true);
  payload.set(request.payload.subarray(0, 4), 20);
  return answer(request, payload, { type: 2 });
}

describe('a netlink trace', () => {
  it('names commands, attributes and error numbers, and escapes control characters', async () => {
    const lines = await traceOf((request) => [refusal(request, 17), errorAnswer(request)]);
    assert.deepEqual(lines, [
      '> seq 1 nlctrl CTRL_CMD_GETFAMILY NLM_F_REQUEST',
      '    CTRL_ATTR_FAMILY_NAME "IPVS"',
      '> seq 1 NLMSG_NOOP NLM_F_REQUEST|NLM_F_ACK',
      '< seq 1 nlctrl CTRL_CMD_NEWFAMILY',
      '    CTRL_ATTR_FAMILY_NAME "IPVS"',
      '    CTRL_ATTR_FAMILY_ID 33',
      '    CTRL_ATTR_VERSION 1',
      '< seq 1 NLMSG_ERROR 0 (acknowledged)',
      '> seq 2 IPVS IPVS_CMD_NEW_SERVICE NLM_F_REQUEST',
      '    IPVS_CMD_ATTR_SERVICE',
      '        IPVS_SVC_ATTR_AF inet',
      '        IPVS_SVC_ATTR_PROTOCOL tcp',
      '        IPVS_SVC_ATTR_ADDR 192.0.2.1',
      '        IPVS_SVC_ATTR_PORT 80',
      '        IPVS_SVC_ATTR_SCHED_NAME "rr\\u001b\\u202e"',
      `        IPVS_SVC_ATTR_FLAGS 0x${serviceSettings.flags.toString(16)}`,
      `        IPVS_SVC_ATTR_TIMEOUT ${serviceSettings.timeout}`,
      `        IPVS_SVC_ATTR_NETMASK 0x${serviceSettings.netmask.toString(16)}`,
      '> seq 2 NLMSG_NOOP NLM_F_REQUEST|NLM_F_ACK',
      '< seq 2 NLMSG_ERROR EEXIST for IPVS IPVS_CMD_NEW_SERVICE',
    ]);
  });

  it('names messages about links, addresses and routes', async () => {
    const link = concat(
      hex('00 00 0000  05000000  43 10 01 00  00000000'),
      attribute(3, Buffer.from('tunl0\0')),
      attribute(4, hex('28230000')),
      attribute(18, attribute(1, Buffer.from('ipip\0'))),
    );
    const address = concat(
      hex('02 18 00 00 05000000'),
      attribute(1, hex('0a000002')),
      attribute(2, hex('0a000001')),
    );
    const route = concat(
      hex('02 20 00 00 fe 00 00 01 00000000'),
      attribute(4, hex('05000000')),
      attribute(5, hex('c00002fe')),
    );
    const kernel = new ScriptedKernel(([request], round) => {
      assert.ok(request);
      if (round === 0) return [answer(request, link, { type: 16, flags: 2 }), done(request)];
      if (round === 1) return [answer(request, address, { type: 20, flags: 2 }), done(request)];
      return [answer(request, route, { type: 24 }), errorAnswer(request)];
    });
    let printed = '';
    const transport = tracedSocket(kernel, describeRoute, (text) => {
      printed += text;
    });
    const routing = new Routing(transport);
    await routing.links();
    await routing.addresses();
    await routing.lookup(Uint8Array.of(192, 0, 2, 1));
    assert.deepEqual(printed.trimEnd().split('\n'), [
      '> seq 1 RTM_GETLINK NLM_F_REQUEST|NLM_F_DUMP',
      '    IFLA_EXT_MASK 8',
      '< seq 1 RTM_NEWLINK NLM_F_MULTI',
      '    IFLA_IFNAME "tunl0"',
      '    IFLA_MTU 9000',
      '    IFLA_LINKINFO',
      '        IFLA_INFO_KIND "ipip"',
      '< seq 1 NLMSG_DONE NLM_F_MULTI',
      '> seq 2 RTM_GETADDR NLM_F_REQUEST|NLM_F_DUMP',
      '< seq 2 RTM_NEWADDR NLM_F_MULTI',
      '    IFA_ADDRESS 10.0.0.2',
      '    IFA_LOCAL 10.0.0.1',
      '< seq 2 NLMSG_DONE NLM_F_MULTI',
      '> seq 3 RTM_GETROUTE NLM_F_REQUEST',
      '    RTA_DST 192.0.2.1',
      '> seq 3 NLMSG_NOOP NLM_F_REQUEST|NLM_F_ACK',
      '< seq 3 RTM_NEWROUTE',
      '    RTA_OIF 5',
      '    RTA_GATEWAY 192.0.2.254',
      '< seq 3 NLMSG_ERROR 0 (acknowledged)',
    ]);
  });

  it('shows unknown attributes in hexadecimal', async () => {
    const unknown = '01 01 0000  0c00 0180  0800 6300 01020304';
    const lines = await traceOf((request) => [
      answer(request, hex(unknown)),
      answer(request, hex('01020304'), { type: 0x99 }),
      errorAnswer(request),
    ]);
    const received = lines.slice(lines.findLastIndex((line) => line.startsWith('>')) + 1);
    assert.deepEqual(received.slice(0, 3), [
      '< seq 2 IPVS IPVS_CMD_NEW_SERVICE',
      '    IPVS_CMD_ATTR_SERVICE',
      '        attribute 99 0x01020304',
    ]);
  });

  it('shows undecodable datagrams, other senders, and transport errors', async () => {
    const broken = await traceOf(() => [Uint8Array.of(1, 2, 3)]);
    assert.equal(broken.at(-1), '< cannot be decoded: 3 bytes are too few for a message header: 0x010203');
    const foreign = await traceOf(() => [{ from: 7, bytes: hex('10000000 0300 0000 02000000 00000000') }]);
    assert.deepEqual(foreign.slice(-2), ['< from port 7, not from the kernel:', '< seq 2 NLMSG_DONE']);
    const failed = await traceOf(() => [new NetlinkError('OVERRUN', 'recvmsg: ENOBUFS')]);
    assert.equal(failed.at(-1), '! recvmsg: ENOBUFS');
  });

  it('is refused if IPVSADM_TRACE is not "netlink"', async () => {
    process.env.IPVSADM_TRACE = 'all\n';
    try {
      await assert.rejects(openSocket(16), {
        message: 'IPVSADM_TRACE is "all\\n", but only "netlink" can be traced',
      });
    } finally {
      delete process.env.IPVSADM_TRACE;
    }
  });

  it('does not list attributes among the commands', () => {
    assert.equal(ipvsNames.commands.get(14), 'IPVS_CMD_SET_INFO');
    assert.ok([...ipvsNames.commands.values()].every((name) => !name.includes('ATTR')));
  });
});
