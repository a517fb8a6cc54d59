import path from 'node:path';
import { createInterface } from 'node:readline';
import { CONFIG, type SharedStore, type StoreConfig } from './layer';

/** One process of the app that opens the embedded store of each file that it reads a line of, and writes how that went.
 * @param folder of the app. */
function main(folder: string): void {
  const { openStore } = require(path.join(folder, 'stores/store')) as {
    openStore(config: StoreConfig): SharedStore;
  };
  process.stdout.write('ready\n');
  createInterface({ input: process.stdin }).on('line', async (file) => {
    try {
      const { tokens } = openStore({ ...CONFIG, url: `file:${file}` });
      await tokens.put(String(process.pid), { version: 1, jwe: 'stored' });
      process.stdout.write('open\n');
    } catch (error) {
      process.stdout.write(`${(error as Error).message}\n`);
    }
  });
}

if (require.main === module) main(process.argv[2] ?? '');
