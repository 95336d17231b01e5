import { cached } from '../../lab/cache.ts';
import { findDebianMirror } from '../../lab/debian/mirror.ts';
import { unpack } from '../../lab/debian/packages.ts';
import { debianSuite } from '../../lab/debian/suite.ts';
import { program } from '../../lab/debian/tree.ts';

/** Versions of etcd, each with the Debian suite that has it. */
const suites = { '3.4': 'bookworm', '3.5': 'trixie' } as const;

export type EtcdVersion = keyof typeof suites;

export const etcdVersions: readonly EtcdVersion[] = ['3.4', '3.5'];

/** Paths of the programs. */
export interface EtcdPrograms {
  readonly etcd: string;
  readonly etcdctl: string;
  /** The program that restores backups: etcdutl, which 3.4 does not have. */
  readonly restorer: string;
}

/**
 * Returns Debian's etcd of a version, fetched once into the lab's cache.
 *
 * @throws LabUnavailable where it cannot be fetched
 */
export async function findEtcd(version: EtcdVersion): Promise<EtcdPrograms> {
  const suite = suites[version];
  // Go programs need no library but libc, and any newer libc will do.
  const tree = await cached(`${suite}-etcd`, async (root) => {
    const { download } = await debianSuite(await findDebianMirror(), suite);
    await unpack(download, ['etcd-server', 'etcd-client'], root);
  });
  const [etcd, etcdctl] = [await program(tree, 'etcd'), await program(tree, 'etcdctl')];
  return { etcd, etcdctl, restorer: version === '3.4' ? etcdctl : await program(tree, 'etcdutl') };
}
