import { describeStore } from './contract.ts';
import { MemoryStore } from './memory-store.ts';

describeStore('the store in memory', async () => {
  const store = new MemoryStore();
  return { store, compact: async () => store.compact(), close: () => store.close() };
});
