import { Worker } from 'node:worker_threads';
import type { Argon2Hash } from './config/hash-formats';

/** Runs in a thread of its own, which has no TypeScript. */
const CODE = `
const { parentPort, workerData } = require('node:worker_threads');
const { library, variant, ...options } = workerData;
require(library)[variant]({ ...options, outputType: 'binary' }).then((key) => parentPort.postMessage(key));
`;

let before: Promise<unknown> = Promise.resolve();

/**
 * The key that Argon2 (RFC 9106) makes of a password. The library is WebAssembly and would hold up the event loop for as long as it
 * computes, and its memory never shrinks: so each computation has a thread, one at a time.
 */
export function argon2(password: Buffer, hash: Argon2Hash): Promise<Buffer> {
  const mine = before.then(() => compute(password, hash));
  before = mine.catch(() => {});
  return mine;
}

async function compute(password: Buffer, { variant, memory, passes, parallelism, salt, hash }: Argon2Hash) {
  const worker = new Worker(CODE, {
    eval: true,
    env: {},
    execArgv: [],
    workerData: {
      library: require.resolve('hash-wasm'),
      variant,
      password,
      salt,
      iterations: passes,
      parallelism,
      memorySize: memory,
      hashLength: hash.length,
    },
  });
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      worker.once('message', (key: Uint8Array) => resolve(Buffer.from(key)));
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('the thread that verifies a password ended')));
    });
  } finally {
    await worker.terminate();
  }
}
