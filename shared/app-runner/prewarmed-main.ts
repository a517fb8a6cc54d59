import fs from 'node:fs';
import Module from 'node:module';
import path from 'node:path';
import { begin } from './agent';
import { compileAhead } from './compile-ahead';
import type { Loaded, Order } from './types';

/** The main program of a prewarmed process: it loads packages and compiles files, and runs the app when it is ordered to. */
const { env } = process;
process.channel?.ref();
process.on('message', function obey(order: Order) {
  if ('load' in order) {
    load(order.load.packages);
    compileAhead(order.load.files);
    compileViews(order.load);
    const ready = order.exercise ? exercise() : Promise.resolve();
    void ready.then(() => process.send?.({ prewarmed: true }));
    return;
  }
  process.off('message', obey);
  Object.assign(env, order.go.env);
  begin();
  process.channel?.unref();
  const main = path.resolve('server.ts');
  process.argv[1] = main;
  (Module as unknown as { runMain(): void }).runMain();
});

/** A package that fails here fails again, and is reported, when the app loads it. */
function load(packages: string[]): void {
  for (const file of packages) {
    try {
      require(file);
    } catch {
      // Reported when the app loads it.
    }
  }
}

/** Node's fetch and cryptography are slow at the first use only. */
async function exercise(): Promise<void> {
  const { subtle } = globalThis.crypto;
  await Promise.allSettled([
    fetch('data:application/json,{}').then((answer) => answer.json()),
    subtle.digest('SHA-256', new Uint8Array(32)),
    subtle
      .generateKey(
        {
          name: 'RSASSA-PKCS1-v1_5',
          hash: 'SHA-256',
          modulusLength: 1024,
          publicExponent: new Uint8Array([1, 0, 1]),
        },
        true,
        ['sign', 'verify'],
      )
      .then(({ publicKey }) => subtle.exportKey('jwk', publicKey)),
  ]);
}

/** Compiles views too, if the app has loaded pug: see stored-views.ts. */
function compileViews({ packages, views }: Loaded): void {
  const engine = packages.find((file) => /[\\/]node_modules[\\/]pug[\\/]lib[\\/]index\.js$/.test(file));
  if (!engine) return;
  const pug = require(engine) as typeof import('pug');
  for (const filename of views) {
    try {
      pug.compile(fs.readFileSync(filename, 'utf8'), { filename });
    } catch {
      // A view with a mistake is reported when the app renders it.
    }
  }
}
