import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatEndpoint } from '../../../src/ipvs/endpoint.ts';
import { parseConnection } from '../../../src/ipvs/proc/connections.ts';
import { ConnectionLines } from '../../../src/view/bulk/connection-lines.ts';
import { formatConnection } from '../../../src/view/connections.ts';

/** Lines as kernels print them: IPv4, IPv6, a template, a long state, and a tunnel to the other family. */
const lines = [
  'TCP C0A80A01 9C40 C0A80A78 0050 C0A80A79 1F90 ESTABLISHED     899',
  'TCP 2001:0db8:0000:0000:0000:0000:0000:0001 9C41 2001:0db8:0000:0000:0000:0000:0000:0010 0050 2001:0db8:0000:0000:0000:0000:0000:0020 0050 SYN_RECV         59',
  'IP  C0A80A01 0000 00000007 0000 C0A80A79 0000 NONE          86400',
  'SCTP C0A80A01 9C40 C0A80A78 0050 C0A80A79 1F90 SHUTDOWN_ACK_SENT      3',
  'UDP C0A80A01 0035 C0A80A78 0035 2001:0db8:0000:0000:0000:0000:0000:0020 0035 UDP             299',
];

describe('ConnectionLines', () => {
  it('writes the same lines as formatConnection, in any order', () => {
    const writer = new ConnectionLines();
    for (const first of lines) {
      for (const second of lines) {
        const expected = [first, second].map((line) =>
          formatConnection(parseConnection(line), formatEndpoint),
        );
        const written = writer.format(Buffer.from(`${first}\n${second}\n`));
        assert.equal(Buffer.from(written).toString(), expected.join(''));
      }
    }
  });

  it('writes every expiry, in minutes and seconds of two digits or more', () => {
    const lines = Array.from(
      { length: 6100 },
      (_, seconds) => `UDP C0A80A01 0035 C0A80A78 0035 C0A80A79 0035 UDP ${seconds}`,
    );
    const written = new ConnectionLines().format(Buffer.from(`${lines.join('\n')}\n`));
    const expected = lines.map((line) => formatConnection(parseConnection(line), formatEndpoint));
    assert.equal(Buffer.from(written).toString(), expected.join(''));
    assert.match(expected[549] ?? '', /^UDP 09:09 /);
  });

  it('writes thousands of lines', () => {
    const written = new ConnectionLines().format(Buffer.from(`${lines[0]}\n`.repeat(5000)));
    assert.equal(Buffer.from(written).toString().split('\n').length, 5001);
  });
});
