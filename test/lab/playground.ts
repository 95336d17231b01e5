import { buildDirectRouting } from './direct-routing.ts';
import { directorShell } from './director-shell.ts';

// Runs in the lab for `npm run lab` without a lesson: a shell on a director that has no virtual service yet.

const { world, vip, servers } = await buildDirectRouting();
try {
  const [first] = servers;
  await directorShell({
    world,
    machines: ['client', ...servers.map(({ name }) => name)],
    greeting: [
      '',
      `You are on a director with the virtual address ${vip}. The real servers`,
      `are ${servers.map(({ name, address }) => `${name} (${address})`).join(' and ')}. Nothing is set up yet. Try:`,
      '',
      `  ipvsadm -A -t ${vip}:80 -s rr`,
      `  ipvsadm -a -t ${vip}:80 -r ${first?.address}:80 -g`,
      '  ipvsadm -Ln',
      '  visit',
    ],
    url: `http://${vip}/`,
  });
} finally {
  await world.dispose();
}
