import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Fills the connection table of a network namespace by sending connections to a backup sync daemon in it. */
export function makeConnections(namespace: string, count: number): void {
  const inside = ['netns', 'exec', namespace];
  for (const words of [
    ['ip', 'link', 'set', 'lo', 'multicast', 'on'],
    ['ip', 'route', 'add', '224.0.0.0/4', 'dev', 'lo'],
    [
      process.env.IPVSADM_REFERENCE ?? 'ipvsadm',
      '--start-daemon',
      'backup',
      '--mcast-interface',
      'lo',
      '--syncid',
      '7',
    ],
  ]) {
    execFileSync('ip', [...inside, ...words]);
  }
  const sender = fileURLToPath(new URL('send-connections.js', import.meta.url));
  const { status } = spawnSync('ip', [...inside, process.execPath, sender, String(count)], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`sending connections ended with status ${status}`);
}
