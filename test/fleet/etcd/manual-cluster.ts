import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../../src/fleet/store/open.ts';
import type { StoreOptions } from '../../../src/fleet/store/options.ts';
import type { Store } from '../../../src/fleet/store/store.ts';
import { page } from '../../docs/manual.ts';
import { output } from '../../lab/child.ts';
import { until } from '../live-fleet.ts';
import { EtcdMember } from './member.ts';
import { type EtcdPrograms, type EtcdVersion, findEtcd } from './package.ts';

/** The fleet of the manual's examples. */
export const manualFleet = 'web';

/**
 * An etcd cluster of three members that is configured, gets users and is restored with the very commands of ipvsadm-fleet(8). The
 * manual's addresses 10.0.0.N become loopback addresses here, and its folders a temporary one.
 */
export class ManualCluster {
  readonly folder: string;
  readonly members: readonly EtcdMember[];
  readonly address: string;
  readonly #network: string;
  readonly #programs: EtcdPrograms;
  #hasUsers = false;

  private constructor(folder: string, network: string, programs: EtcdPrograms) {
    this.folder = folder;
    this.#network = network;
    this.#programs = programs;
    this.members = [1, 2, 3].map((number) => this.#member(number));
    this.address = `etcds://${[1, 2, 3].map((number) => `${network}${number}:2379`).join(',')}`;
  }

  static async start(version: EtcdVersion): Promise<ManualCluster> {
    const folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'ipvsadm-manual-'));
    const network = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.`;
    const cluster = new ManualCluster(folder, network, await findEtcd(version));
    await cluster.#makeCertificates();
    for (const { folder: own } of cluster.members) await mkdir(own);
    cluster.startMembers();
    await cluster.ready().catch(async (error: unknown) => {
      const logs = await Promise.all(cluster.members.map((member) => member.log()));
      await cluster.close();
      throw new Error(logs.join('\n'), { cause: error });
    });
    return cluster;
  }

  startMembers(): void {
    for (const member of this.members) member.start();
  }

  /** Waits until every member answers. */
  ready(): Promise<void> {
    const health = () =>
      this.shell('etcdctl endpoint health').then(
        () => true,
        () => false,
      );
    return until(health, 30, 'etcd');
  }

  /** Returns the options of a client, which logs in as `user` if given. */
  clientOptions(
    user?: string,
  ): Required<Pick<StoreOptions, 'caFile' | 'certFile' | 'keyFile'>> & StoreOptions {
    const certificates = { caFile: 'ca.crt', certFile: 'director.crt', keyFile: 'director.key' };
    const file = (name: string) => join(this.folder, name);
    return {
      ...{ caFile: file(certificates.caFile), timeout: 3000 },
      ...{ certFile: file(certificates.certFile), keyFile: file(certificates.keyFile) },
      ...(user !== undefined && { user, passwordFile: file(`${user}.password`) }),
    };
  }

  /** Opens the store as a user. */
  open(user?: string): Store {
    return openStore(this.address, this.clientOptions(user));
  }

  /** Creates the manual's users, among them the directors lb1 and lb2, and enables authentication. */
  async turnUsersOn(): Promise<void> {
    const [root = '', admin = '', reader = '', director = '', on = ''] =
      blockWith('etcdctl auth enable').split('\n\n');
    const second = director.replaceAll('lb1', 'lb2');
    await this.shell([root, admin, reader, director, second].join('\n'));
    await this.shell(on);
    this.#hasUsers = true;
    for (const user of ['alice', 'lb1', 'lb2'])
      await writeFile(join(this.folder, `${user}.password`), `${passwordOf(user)}\n`);
  }

  /** Takes a backup with the manual's command. */
  async backUp(): Promise<void> {
    await rm(join(this.folder, 'backup.db'), { force: true });
    await this.shell(blockWith('snapshot save'));
  }

  /**
   * Replaces the data of all members by the backup, as the manual says.
   *
   * @param token the cluster token; the manual's differs from the one before
   */
  async restore(token = 'fleet-2'): Promise<void> {
    await Promise.all(this.members.map((member) => member.kill()));
    const [command = ''] =
      /^etcdutl snapshot restore(?:.*\\\n)*.*/m.exec(blockWith('snapshot restore')) ?? [];
    const all = [1, 2, 3].map((number) => `etcd${number}=https://10.0.0.${number}:2380`).join(',');
    for (const [index, { dataFolder }] of this.members.entries()) {
      await rename(dataFolder, `${dataFolder}.before`);
      const own = asMember(command.replace(/etcd1=\S*/, 'ALL'), index + 1)
        .replace('ALL', all)
        .replace('/var/lib/etcd/default', dataFolder)
        .replace('fleet-2', token);
      await this.shell(own);
      await rm(`${dataFolder}.before`, { recursive: true });
    }
    this.startMembers();
    await this.ready();
  }

  async close(): Promise<void> {
    await Promise.all(this.members.map((member) => member.kill()));
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Runs lines of the manual in a shell, as etcd's root once there are users; passwords of new users are piped in. */
  shell(lines: string): Promise<string> {
    const { etcdctl, restorer } = this.#programs;
    const user = this.#hasUsers ? `--user root:${passwordOf('root')}` : '';
    const script = `set -eu
      cd ${this.folder}
      etcdctl() {
        if [ "$1 $2" = 'user add' ]; then printf 'password-of-%s\\n' "$3" | ${etcdctl} ${user} "$@" --interactive=false
        else ${etcdctl} ${user} "$@"; fi
      }
      etcdutl() { ${restorer} "$@"; }
      ${lines.replaceAll('10.0.0.', this.#network)}`;
    const { caFile, certFile, keyFile } = this.clientOptions();
    const isNamed = /--endpoints/.test(lines);
    const endpoints = this.members.map(({ clientUrl }) => clientUrl).join(',');
    return output('sh', ['-c', script], {
      ...process.env,
      ...{ ETCDCTL_API: '3', ETCDCTL_CACERT: caFile, ETCDCTL_CERT: certFile, ETCDCTL_KEY: keyFile },
      ...(!isNamed && { ETCDCTL_ENDPOINTS: endpoints }),
    });
  }

  /** Returns a member that is configured as the manual configures its first one. */
  #member(number: number): EtcdMember {
    const settings = blockWith('ETCD_NAME=')
      .replaceAll('\\\n', '')
      .split('\n')
      .map((line) => (line.startsWith('ETCD_INITIAL_CLUSTER=') ? line : asMember(line, number)))
      .map((line) => line.replaceAll('10.0.0.', this.#network).replace('/etc/etcd/', `${this.folder}/`))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const);
    const { ETCD_NAME = '', ...env } = Object.fromEntries(settings);
    const folder = join(this.folder, ETCD_NAME);
    const { ETCD_ADVERTISE_CLIENT_URLS: url = '', ETCD_LISTEN_PEER_URLS: peerUrl = '' } = env;
    // The same timing as in the other clusters of the tests.
    const args = ['--heartbeat-interval', '50', '--election-timeout', '500'];
    return new EtcdMember(ETCD_NAME, url, peerUrl, folder, this.#programs.etcd, args, env);
  }

  async #makeCertificates(): Promise<void> {
    const [authority = '', member = '', director = ''] = blockWith('openssl req -x509').split('\n\n');
    // Members check a peer's source address against its certificate; on the loopback interface it is 127.0.0.1.
    const addresses = 'subjectAltName=IP:127.0.0.1,IP:';
    const members = [1, 2, 3].map((number) =>
      asMember(member, number).replace('subjectAltName=IP:', addresses),
    );
    await this.shell([authority, ...members, director].join('\n'));
  }
}

/** Returns the password of a user. */
function passwordOf(user: string): string {
  return `password-of-${user}`;
}

/** Returns a text of the manual about its first member, adapted to another one. */
function asMember(text: string, number: number): string {
  return text.replaceAll('etcd1', `etcd${number}`).replaceAll('10.0.0.1', `10.0.0.${number}`);
}

/** Returns the manual's first literal display that contains a text. */
function blockWith(text: string): string {
  const displays = page('ipvsadm-fleet')
    .lines.join('\n')
    .matchAll(/^\.Bd -literal[^\n]*\n(.+?)\n\.Ed$/gms);
  for (const [, display = ''] of displays) {
    const plain = display.replaceAll('\\e', '\\');
    if (plain.includes(text)) return plain;
  }
  throw new Error(`the manual shows no ${text}`);
}
