import { StoreError } from '../error.ts';

/**
 * The clusters to which the members in a store's address belong. Members of two clusters would be two stores under one name: one
 * command would change the one, and the next read the other.
 */
export class Membership {
  readonly #store: string;
  /** Identity of the cluster that each member has named last. */
  readonly #clusters = new Map<URL, string>();

  constructor(store: string) {
    this.#store = store;
  }

  /** Whether the member has named its cluster. */
  knows(member: URL): boolean {
    return this.#clusters.has(member);
  }

  /** Stores the cluster that a member names. */
  note(member: URL, cluster: string): void {
    this.#clusters.set(member, cluster);
  }

  /** Whether all members that have named a cluster have named the same one. */
  get isSingle(): boolean {
    return new Set(this.#clusters.values()).size <= 1;
  }

  /** @throws StoreError if the members belong to different clusters. */
  require(): void {
    const [first, ...others] = this.#clusters;
    const different = first && others.find(([, cluster]) => cluster !== first[1]);
    if (!first || !different) return;
    const [a, b] = [first, different].map(
      ([{ host }, cluster]) => `${host} belongs to the cluster ${cluster}`,
    );
    throw new StoreError(
      'address',
      this.#store,
      `${a}, and ${b}: the address of a store names members of a single cluster`,
    );
  }
}
