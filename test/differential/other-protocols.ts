import { Ipvs } from '../../src/index.ts';
import { address, destinationSettings, serviceSettings } from '../ipvs/values.ts';

// Adds services of protocols that IPVS does not balance, as other programs can: the kernel accepts any protocol.
const ipvs = await Ipvs.open();
for (const [protocol, virtual, netmask] of [
  ['ip_47', '10.0.0.1', 0xffffffff],
  ['ip_50', '10.0.0.1', 0xffffffff],
  ['ip_50', '2001:db8::1', 128],
] as const) {
  const service = { kind: 'address', protocol, address: address(virtual), port: 80 } as const;
  await ipvs.addService(service, { ...serviceSettings, netmask });
  const server = virtual.includes(':') ? '2001:db8::2' : '10.0.0.2';
  await ipvs.addDestination(service, { address: address(server), port: 80 }, destinationSettings);
}
ipvs.close();
