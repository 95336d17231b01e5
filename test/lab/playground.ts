import { buildDirectRouting } from './direct-routing.ts';
import { directorShell } from './director-shell.ts';

// The part of `npm run lab` without a lesson that runs in the lab: a shell among machines where nothing is set up.

const { world, vip, servers } = await buildDirectRouting();
try {
  const [first] = servers;
  await directorShell({
    world,
    machines: ['client', ...servers.map(({ name }) => name)],
    greeting: [
      `The virtual address is ${vip}; ${servers.map(({ name, address }) => `${name} is ${address}`).join(', ')}.`,
      'Try:',
      `  ipvsadm -A -t ${vip}:80 -s rr`,
      `  ipvsadm -a -t ${vip}:80 -r ${first?.address}:80 -g`,
      '  ipvsadm -Ln',
    ],
    url: `http://${vip}/`,
  });
} finally {
  await world.dispose();
}
