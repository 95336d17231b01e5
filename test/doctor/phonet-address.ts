import { Connection } from '../../src/netlink/connection.ts';
import { openSocket } from '../../src/netlink/transport.ts';

// Adds a Phonet address, which has one byte, to the interface with that index (<linux/if_phonet.h>, <linux/if_addr.h>).
const [index = '1'] = process.argv.slice(2);
const connection = new Connection(await openSocket(0)); // NETLINK_ROUTE
await connection.execute({
  type: 20, // RTM_NEWADDR
  body: (writer) => {
    const header = new Uint8Array(8);
    header[0] = 35; // AF_PHONET
    header[4] = Number(index);
    writer.append(header).u8(2, 0x64); // IFA_LOCAL
  },
});
connection.close();
