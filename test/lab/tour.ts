import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildDirectRouting } from './direct-routing.ts';
import { Narration } from './narration.ts';
import { binFolder } from './project.ts';

// The part of the demonstration that runs in the lab.

const { world, vip, servers } = await buildDirectRouting();
try {
  await tour();
} catch (error) {
  process.stdout.write(`\nThe demonstration stops here:\n${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  await world.dispose();
}

async function tour(): Promise<void> {
  const narration = new Narration();
  const ipvsadm = (options: string) =>
    narration.run(world, 'director', `ipvsadm ${options}`, [
      join(binFolder, 'ipvsadm'),
      ...options.split(' '),
    ]);

  narration.chapter('A virtual server with direct routing (LVS-DR)');
  narration.say(
    'The Linux Virtual Server (LVS) is the load balancer in the Linux kernel. Clients',
    'connect to a virtual address; a machine called the director forwards each',
    'connection to one of several real servers (here: web servers). ipvsadm runs on',
    'the director and tells its kernel what to forward, and where.',
    '',
    'client 192.168.10.9 ───┬── director 192.168.10.1, with the virtual address',
    ...servers.map(({ name, address }, index) => {
      const branch = index === servers.length - 1 ? '└' : '├';
      return `                       ${branch}── ${name} ${address}, a web server`;
    }),
    '',
    `The virtual address is ${vip}. The web servers have it too, so that they`,
    'can answer the client directly, but only the director answers ARP requests for',
    'it, so everything that clients send arrives at the director first.',
  );

  narration.chapter('1. Set it up');
  narration.say(
    '-A adds a virtual service: here TCP port 80 (-t), scheduled round robin (-s rr).',
    '-a adds a real server (-r) to it, with direct routing (-g). -L lists the table.',
    '',
  );
  await ipvsadm(`-A -t ${vip}:80 -s rr`);
  for (const { address } of servers) await ipvsadm(`-a -t ${vip}:80 -r ${address}:80 -g`);
  await ipvsadm('-Ln');

  narration.chapter('2. Use it: the client sends four requests, each over a new connection');
  narration.say('Each web server answers with its own name. They take turns:', '');
  const answers = new Set<string>();
  const client = join(import.meta.dirname, 'web-client.js');
  for (let visit = 0; visit < 4; visit++)
    answers.add(
      await narration.run(world, 'client', `fetch http://${vip}/`, [
        process.execPath,
        client,
        `http://${vip}/`,
      ]),
    );
  if (answers.size !== servers.length) throw new Error('Not every web server answered.');

  narration.chapter('3. Watch it: connections and counters');
  narration.say(
    'Each line is a connection that the director tracks, with the server chosen for',
    'it (destination) and the time until it is forgotten (expire):',
    '',
  );
  await ipvsadm('-Lnc');
  narration.say(
    '',
    'What the client sent, per service and server. Outgoing packets are 0, as the',
    'answers go straight from the web servers to the client:',
    '',
  );
  await waitForCounters();
  await ipvsadm('-Ln --stats');

  narration.chapter('That was real: a Linux kernel, its network, and this ipvsadm. What next?');
  narration.say(
    '  npm run lab            a shell on this director, to try things yourself',
    '  npm run lab -- --list  lessons on forwarding, scheduling, failover and more',
    '  npm run lab -- fleet   a fleet of five directors, updated in waves',
    '  man ./man/ipvsadm.8    the manual',
    '  npm test               the tests, on a kernel like this one',
  );
}

/** Waits up to 10 seconds until the counters include the visits: the kernel updates them every other second. */
async function waitForCounters(): Promise<void> {
  for (let second = 0; second < 10; second++) {
    const { stdout } = await world.exec('director', [join(binFolder, 'ipvsadm'), '-Ln', '--stats']);
    if (/^TCP +\S+ +4 /m.test(stdout)) return;
    await sleep(1000);
  }
}
