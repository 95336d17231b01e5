import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '../../../src/fleet/store/open.ts';
import type { StoreOptions } from '../../../src/fleet/store/options.ts';
import type { Store } from '../../../src/fleet/store/store.ts';
import { output } from '../../lab/child.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { EtcdMember } from './member.ts';
import { type EtcdPrograms, type EtcdVersion, findEtcd } from './package.ts';

export interface ClusterOptions {
  readonly version?: EtcdVersion;
  readonly members?: 1 | 3;
  /** TLS with a server certificate, or with client certificates too. */
  readonly tls?: 'server' | 'mutual';
  /** Further options of etcd. */
  readonly args?: readonly string[];
}

/** Password of root, once authentication is enabled. */
const rootPassword = 'secret of root';

/** An etcd of one or three members on loopback addresses, with its data in memory. */
export class EtcdCluster {
  readonly members: readonly EtcdMember[];
  readonly folder: string;
  /** Address for {@link openStore}. */
  readonly address: string;
  readonly certificates: Certificates | undefined;
  /** Options of a client that the cluster accepts. */
  storeOptions: StoreOptions;
  readonly programs: EtcdPrograms;
  #hasUsers = false;

  private constructor(
    members: readonly EtcdMember[],
    folder: string,
    programs: EtcdPrograms,
    certificates: Certificates | undefined,
    mutual: boolean,
  ) {
    this.members = members;
    this.folder = folder;
    this.programs = programs;
    this.certificates = certificates;
    const hosts = members.map(({ clientUrl }) => new URL(clientUrl).host).join(',');
    this.address = `${certificates ? 'etcds' : 'etcd'}://${hosts}`;
    this.storeOptions = {
      timeout: 3000,
      ...(certificates && { caFile: certificates.caFile }),
      ...(certificates && mutual && certificates.client),
    };
  }

  /** Starts a cluster, and waits until it answers. */
  static async start(options: ClusterOptions = {}): Promise<EtcdCluster> {
    const { version = '3.5', members: count = 1, tls, args = [] } = options;
    const programs = await findEtcd(version);
    const folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'ipvsadm-etcd-'));
    const certificates = tls && (await makeCertificates(folder));
    const ports = await freePorts(2 * count);
    const scheme = tls ? 'https' : 'http';
    const peers = ports.slice(count).map((port, index) => `m${index}=http://127.0.0.1:${port}`);
    const members: EtcdMember[] = [];
    for (const [index, peer] of peers.entries()) {
      const memberFolder = join(folder, `m${index}`);
      await mkdir(memberFolder);
      const clientUrl = `${scheme}://127.0.0.1:${ports[index]}`;
      const peerUrl = peer.slice(peer.indexOf('=') + 1);
      members.push(
        new EtcdMember(`m${index}`, clientUrl, peerUrl, memberFolder, programs.etcd, [
          ...['--listen-client-urls', clientUrl, '--advertise-client-urls', clientUrl],
          ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
          ...['--initial-cluster', peers.join(','), '--initial-cluster-token', folder],
          ...['--heartbeat-interval', '50', '--election-timeout', '500'],
          ...(certificates
            ? ['--cert-file', certificates.server.certFile, '--key-file', certificates.server.keyFile]
            : []),
          ...(certificates && tls === 'mutual'
            ? ['--client-cert-auth', '--trusted-ca-file', certificates.caFile]
            : []),
          ...args,
        ]),
      );
    }
    const cluster = new EtcdCluster(members, folder, programs, certificates, tls === 'mutual');
    for (const member of members) member.start();
    await cluster.ready().catch(async (error: unknown) => {
      await cluster.close();
      throw error;
    });
    return cluster;
  }

  /** Waits until every member that runs answers. */
  async ready(): Promise<void> {
    const running = this.members.filter(({ runs }) => runs);
    const end = Date.now() + 20_000;
    for (;;) {
      try {
        await this.ctl(['endpoint', 'health'], running);
        return;
      } catch (error) {
        if (Date.now() > end)
          throw new Error(`etcd does not come up: ${await this.#report()}`, { cause: error });
        await sleep(100);
      }
    }
  }

  /** Runs `work`; if it fails, adds the state and the log of each member to the error. */
  async explain(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw new Error(`${String(error)}\n${await this.#report()}`, { cause: error });
    }
  }

  /** Returns for each member whether it runs, and the end of its log. */
  async #report(): Promise<string> {
    const reports = this.members.map(
      async (member) => `${member.name} ${member.runs ? 'runs' : 'has ended'}\n${await member.log()}`,
    );
    return (await Promise.all(reports)).join('\n');
  }

  /** Runs etcdctl on members, as root where authentication is enabled. */
  ctl(args: readonly string[], members: readonly EtcdMember[] = this.members): Promise<string> {
    const { caFile, certFile, keyFile } = this.storeOptions;
    const options = [
      ...['--endpoints', members.map(({ clientUrl }) => clientUrl).join(',')],
      ...(this.certificates && caFile !== undefined ? ['--cacert', caFile] : []),
      ...(this.certificates && certFile !== undefined && keyFile !== undefined
        ? ['--cert', certFile, '--key', keyFile]
        : []),
      ...(this.#hasUsers ? ['--user', `root:${rootPassword}`] : []),
    ];
    return output(this.programs.etcdctl, [...options, ...args], { ...process.env, ETCDCTL_API: '3' });
  }

  /** Enables authentication, with root and a user who may read and write below a prefix. From then on, clients are that user. */
  async turnUsersOn(user: string, prefix: string): Promise<void> {
    const password = `secret of ${user}`;
    await this.ctl(['user', 'add', `root:${rootPassword}`]);
    await this.ctl(['user', 'grant-role', 'root', 'root']);
    await this.ctl(['user', 'add', `${user}:${password}`]);
    await this.ctl(['role', 'add', user]);
    await this.ctl(['role', 'grant-permission', '--prefix=true', user, 'readwrite', prefix]);
    await this.ctl(['user', 'grant-role', user, user]);
    await this.ctl(['auth', 'enable']);
    this.#hasUsers = true;
    const passwordFile = join(this.folder, 'password');
    await writeFile(passwordFile, `${password}\n`);
    this.storeOptions = { ...this.storeOptions, user, passwordFile };
  }

  /** Returns the leader. */
  async leader(): Promise<EtcdMember> {
    const running = this.members.filter(({ runs }) => runs);
    for (const member of running) {
      const [status] = JSON.parse(await this.ctl(['endpoint', 'status', '-w', 'json'], [member])) as {
        Status: { header: { member_id: number }; leader: number };
      }[];
      if (status && status.Status.header.member_id === status.Status.leader) return member;
    }
    throw new Error('etcd has no leader');
  }

  /** Replaces the data of a stopped member, the only one of its cluster, by a backup of `etcdctl snapshot save`. */
  async restore({ name, dataFolder, peerUrl }: EtcdMember, backup: string): Promise<void> {
    await rm(dataFolder, { recursive: true });
    await output(
      this.programs.etcdctl,
      [
        ...['snapshot', 'restore', backup, '--data-dir', dataFolder, '--name', name],
        ...['--initial-cluster', `${name}=${peerUrl}`, '--initial-advertise-peer-urls', peerUrl],
        ...['--initial-cluster-token', `${this.folder}-restored`],
      ],
      { ...process.env, ETCDCTL_API: '3' },
    );
  }

  /** Opens the cluster as a store, with the options of an accepted client by default. */
  open(options: StoreOptions = {}): Store {
    return openStore(this.address, { ...this.storeOptions, ...options });
  }

  async close(): Promise<void> {
    for (const member of this.members) member.resume();
    await Promise.all(this.members.map((member) => member.kill()));
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Starts a cluster, runs `work` on it, and removes it. */
export async function withCluster(
  options: ClusterOptions,
  work: (cluster: EtcdCluster, store: Store) => Promise<void>,
): Promise<void> {
  const cluster = await EtcdCluster.start(options);
  const store = cluster.open();
  try {
    await cluster.explain(() => work(cluster, store));
  } finally {
    await store.close();
    await cluster.close();
  }
}

/** Returns ports that nothing listens on. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      return server;
    }),
  );
  return Promise.all(
    servers.map(async (server) => {
      const address = server.address();
      await new Promise((resolve) => server.close(resolve));
      if (address === null || typeof address === 'string') throw new Error('no port');
      return address.port;
    }),
  );
}
