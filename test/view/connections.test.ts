import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatEndpoint } from '../../src/ipvs/endpoint.ts';
import { parseConnection } from '../../src/ipvs/proc/connections.ts';
import { formatConnection, formatWithPersistence } from '../../src/view/connections.ts';

/** Returns the line of a connection with these bytes of persistence data. */
function line(...data: number[]): Buffer {
  const start = 'UDP 0A090003 0000 0A090001 13C4 0A090002 1F90 NONE             60 sip ';
  const connection = parseConnection(`${start}${Buffer.from(data).toString('latin1')}`);
  return Buffer.from(formatWithPersistence(connection, formatEndpoint));
}

const start =
  'UDP 01:00  NONE        10.9.0.3:0         10.9.0.1:5060      10.9.0.2:8080    sip                ';

describe('formatWithPersistence', () => {
  it('writes persistence data byte for byte', () => {
    for (const data of [[0x61], [0xc3, 0xbc], [0xff, 0xfe], [0x61, 0xfc, 0x62]])
      assert.deepEqual(
        line(...data),
        Buffer.concat([Buffer.from(start), Buffer.from(data), Buffer.from('\n')]),
      );
  });

  it('omits control characters, in UTF-8 and in Latin-1', () => {
    assert.equal(String(line(0x1b, 0x5b, 0x6d, 0xc2, 0x9b, 0xc3, 0x9b)), `${start}[mÛ\n`);
    assert.deepEqual(line(0xff, 0x9b, 0x61).subarray(start.length), Buffer.from([0xff, 0x61, 0x0a]));
  });

  it('writes the same line as formatConnection if there is no persistence data', () => {
    const connection = parseConnection('TCP 0A090003 0050 0A090001 13C4 0A090002 1F90 NONE 60');
    assert.equal(
      String(formatWithPersistence(connection, formatEndpoint)),
      formatConnection(connection, formatEndpoint),
    );
  });
});
