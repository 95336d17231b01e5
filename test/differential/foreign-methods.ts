import { Ipvs } from '../../src/index.ts';
import type { Forwarding } from '../../src/ipvs/model.ts';
import { address, destinationSettings, serviceSettings, tcp } from '../ipvs/values.ts';

// Adds one service with servers that have the forwarding methods given as arguments, as other programs can.
const ipvs = await Ipvs.open();
const service = tcp('10.0.0.1', 80);
await ipvs.flush();
await ipvs.addService(service, serviceSettings);
for (const [index, forwarding] of process.argv.slice(2).entries()) {
  const server = { address: address(`10.0.0.${2 + index}`), port: 80 };
  await ipvs.addDestination(service, server, {
    ...destinationSettings,
    forwarding: toForwarding(forwarding),
  });
}
ipvs.close();

function toForwarding(text: string): Forwarding {
  const methods: readonly Forwarding[] = ['masquerade', 'local', 'tunnel', 'route', 'bypass'];
  const found = methods.find((method) => method === text);
  if (!found) throw new TypeError(`no forwarding method ${text}`);
  return found;
}
