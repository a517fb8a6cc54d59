import path from 'node:path';
import { asPromises, CONFIG, type SharedStore, type StoreConfig, sessionFor } from './layer';

/**
 * One process of the app that works on the embedded store: first it counts in tokens that another process counts in too, then it writes
 * records until somebody ends it. After each one that is stored, it says so: a line with its number.
 *
 * @param folder of the app. @param file of the store. @param count how often it counts.
 */
async function main(folder: string, file: string, count: number): Promise<void> {
  const { openStore } = require(path.join(folder, 'stores/store')) as {
    openStore(config: StoreConfig): SharedStore;
  };
  const { tokens, sessions } = openStore({ ...CONFIG, url: `file:${file}` });
  process.stdout.write('ready\n');
  await new Promise((resolve) => process.stdin.once('data', resolve));
  await countUp(tokens, count);
  process.stdout.write('counted\n');
  for (let i = 0; ; i++) {
    await tokens.put(`tokens ${i}`, { version: 1, jwe: String(i) });
    await asPromises(sessions).set(`session ${i}`, sessionFor(60_000, { user: { sub: String(i) } }));
    process.stdout.write(`${i}\n`);
  }
}

/** Adds 1 to the version of some tokens, again and again; each time that another process was faster, it reads them anew. */
export async function countUp(tokens: SharedStore['tokens'], count: number): Promise<number> {
  let lost = 0;
  for (let won = 0; won < count; ) {
    const { version } = (await tokens.get('counter')) ?? { version: Number.NaN };
    if (await tokens.replace('counter', version, { version: version + 1, jwe: 'counted' })) won++;
    else lost++;
  }
  return lost;
}

if (require.main === module) {
  const [, , folder = '', file = '', count] = process.argv;
  void main(folder, file, Number(count));
}
