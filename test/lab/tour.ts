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
    'client 192.168.10.10 ──┬── director 192.168.10.1, holds the virtual address',
    ...servers.map(({ name, address }, index) => {
      const branch = index === servers.length - 1 ? '└' : '├';
      return `                       ${branch}── ${name} ${address}, a web server`;
    }),
    '',
    `The virtual address is ${vip}. The web servers have it too, but`,
    'keep silent about it, so that they can answer the client themselves.',
  );

  narration.chapter('1. Set it up');
  await ipvsadm(`-A -t ${vip}:80 -s rr`);
  for (const { address } of servers) await ipvsadm(`-a -t ${vip}:80 -r ${address}:80 -g`);
  await ipvsadm('-Ln');

  narration.chapter('2. Use it: four visits, each with a connection of its own');
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
  if (answers.size !== servers.length) throw new Error('Not every web server has answered.');

  narration.chapter('3. Watch it');
  narration.say('The connections that the director keeps track of:');
  await ipvsadm('-Lnc');
  narration.say('', 'The packets of the client; the answers do not pass the director:');
  await counted();
  await ipvsadm('-Ln --stats');

  narration.chapter('That was real: a Linux kernel, packets, and this ipvsadm. What next?');
  narration.say(
    '  npm run lab            a shell on that director, to try things yourself',
    '  npm run lab -- --list  lessons, from NAT to two directors',
    '  npm run lab -- fleet   five directors, rolled out to in waves',
    '  man ./man/ipvsadm.8    the manual',
    '  npm test               the tests, on a kernel like this one',
  );
}

/** Waits, at most 10 seconds, until the counters show the visits: the kernel updates them every other second. */
async function counted(): Promise<void> {
  for (let second = 0; second < 10; second++) {
    const { stdout } = await world.exec('director', [join(binFolder, 'ipvsadm'), '-Ln', '--stats']);
    if (/^TCP +\S+ +4 /m.test(stdout)) return;
    await sleep(1000);
  }
}
