import { EtcdCluster } from '../etcd/cluster.ts';
import { etcdVersions } from '../etcd/package.ts';
import { describeStore } from './contract.ts';

for (const version of etcdVersions) {
  describeStore(`etcd ${version}`, async () => {
    const cluster = await EtcdCluster.start({ version });
    return underTest(cluster);
  });

  describeStore(`etcd ${version} with certificates of server and client, and users`, async () => {
    const cluster = await EtcdCluster.start({ version, tls: 'mutual' });
    await cluster.turnUsersOn('admin', '/fleet/');
    return underTest(cluster);
  });
}

function underTest(cluster: EtcdCluster) {
  const store = cluster.open();
  return {
    store,
    compact: async () => {
      const { revision } = await store.read('/fleet/');
      await cluster.ctl(['compact', String(revision)]);
    },
    close: async () => {
      await store.close();
      await cluster.close();
    },
  };
}
