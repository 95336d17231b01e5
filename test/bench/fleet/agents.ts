// Runs many agents in one process, until its standard input ends: node agents.ts STORE FLEET FIRST COUNT
import { setMaxListeners } from 'node:events';
import { FleetOrders } from '../../../src/fleet/agent/fleet-orders.ts';
import { runAgent } from '../../../src/fleet/agent/loop.ts';
import { keysOf } from '../../../src/fleet/documents/keys.ts';
import { openStore } from '../../../src/fleet/store/open.ts';
import { ownership, parseServicePattern } from '../../../src/rules/ownership.ts';
import { MemoryKeeper } from '../../fleet/simulated-director.ts';
import { ownService } from './rules.ts';
import { ScriptedDirector } from './scripted-director.ts';

const [address = '', fleet = '', first = '', count = ''] = process.argv.slice(2);
const stop = new AbortController();
// Every agent listens to the signal.
setMaxListeners(0, stop.signal);
process.stdin.resume();
process.stdin.on('end', () => stop.abort());

const pattern = parseServicePattern(ownService);
if (!pattern) throw new Error('invalid pattern of services');
const owns = ownership({ only: [pattern], except: [] });

async function run(name: string): Promise<void> {
  // Each agent has its own connections, as on its own director.
  const store = openStore(address, { timeout: 20_000 });
  const membership = { now: Date.now, stop: stop.signal };
  const agent = {
    orders: new FleetOrders({
      ...membership,
      store,
      keys: keysOf(fleet),
      fleet,
      name,
      machine: { id: name, host: name },
    }),
    ...{ director: new ScriptedDirector(), keeper: new MemoryKeeper(), options: { owns } },
    ...{ ...membership, version: 'bench' },
    log: () => {},
  };
  await runAgent(agent, { boot: 'bench', once: false, accept: false, notify: () => {} });
  await store.close();
}

const names = Array.from({ length: Number(count) }, (_, index) => `lb${Number(first) + index}`);
await Promise.all(names.map(run));
