import { StoreError } from './error.ts';
import { EtcdStore } from './etcd/etcd-store.ts';
import type { StoreOptions } from './options.ts';
import type { Store } from './store.ts';

/**
 * Opens a store by its address, without connecting yet: `etcd://HOST[:PORT][,HOST[:PORT]...]`, or `etcds:` for TLS. The default
 * port is 2379.
 *
 * @throws StoreError of code `address`
 */
export function openStore(address: string, options: StoreOptions = {}): Store {
  const [, scheme = '', rest = ''] = /^([a-z]+):(.*)$/s.exec(address) ?? [];
  switch (scheme) {
    case 'etcd':
    case 'etcds':
      return openEtcd(scheme, rest, options);
    case 'https':
    case 'file':
      throw new StoreError(
        'address',
        'the store',
        'only agents can follow a rule file; a fleet needs etcd:// or etcds://',
      );
    default:
      throw new StoreError(
        'address',
        'the store',
        'its address must begin with etcd://, etcds://, https:// or file:/',
      );
  }
}

function openEtcd(scheme: 'etcd' | 'etcds', rest: string, options: StoreOptions): Store {
  const hosts = /^\/\/([^/?#]+)\/?$/.exec(rest)?.[1];
  if (hosts === undefined || hosts.includes('@'))
    throw new StoreError(
      'address',
      'the store',
      `expected ${scheme}:// and a list of hosts and ports, such as 10.0.0.1:2379,10.0.0.2:2379; give the user with --user`,
    );
  if (scheme === 'etcd' && (options.caFile ?? options.certFile) !== undefined)
    throw new StoreError('address', `etcd://${hosts}`, 'certificates need an etcds: address');
  const protocol = scheme === 'etcds' ? 'https' : 'http';
  const members = hosts.split(',').map((host) => {
    const port = /:\d+$/.test(host) && !/^[^[]*:.*:/.test(host) ? '' : ':2379';
    const url = parseUrl(`${protocol}://${host}${port}`);
    if (!url || url.hostname === '')
      throw new StoreError('address', `${scheme}://${hosts}`, `${host} is not a host and port`);
    return url;
  });
  return new EtcdStore(`${scheme}://${hosts}`, members, options);
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
