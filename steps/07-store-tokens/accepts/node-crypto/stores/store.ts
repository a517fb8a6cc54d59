import type { StoreConfig } from '../store-config';
import type { SharedStore } from './shared-store';

const byScheme = new Map<string, (config: StoreConfig) => SharedStore>([
  ['memory', () => require('./memory').memoryStore()],
  ['file', (config) => require('./embedded').embeddedStore(config)],
  ['redis', (config) => require('./redis').redisStore(config)],
  ['rediss', (config) => require('./redis').redisStore(config)],
]);

export function openStore(config: StoreConfig): SharedStore {
  const open = byScheme.get(config.url.split(':', 1)[0] ?? '');
  if (!open) throw new Error(`there is no store for ${config.url}`);
  return open(config);
}
