import { Worker } from 'node:worker_threads';
import type { Argon2Hash, Pbkdf2Hash } from '../config/hash-formats';

/** The thread has no TypeScript. */
const CODE = `
const { parentPort, workerData } = require('node:worker_threads');
const { library, name, maker, ...options } = workerData;
const hash = require(library);
const digest = maker ? { hashFunction: hash[maker]() } : {};
hash[name]({ ...options, ...digest, outputType: 'binary' }).then((key) => parentPort.postMessage(key));
`;

let before: Promise<unknown> = Promise.resolve();

/** RFC 9106. */
export function argon2(password: Buffer, hash: Argon2Hash): Promise<Buffer> {
  const { variant, memory, passes, parallelism, salt } = hash;
  return inTurn({
    name: variant,
    password,
    salt,
    iterations: passes,
    parallelism,
    memorySize: memory,
    hashLength: hash.hash.length,
  });
}

/** The library's digests that OpenSSL 3 lacks in some or all builds of Node.js. */
export const MAKERS: Record<string, 'createMD4' | 'createRIPEMD160' | 'createWhirlpool'> = {
  md4: 'createMD4',
  ripemd160: 'createRIPEMD160',
  whirlpool: 'createWhirlpool',
};

/** PBKDF2 (RFC 8018) with a digest that Node.js may lack: md4, ripemd160 or whirlpool. */
export function pbkdf2OfLibrary(password: Buffer, hash: Pbkdf2Hash): Promise<Buffer> {
  const { digest, iterations, salt } = hash;
  return inTurn({
    name: 'pbkdf2',
    maker: MAKERS[digest],
    password,
    salt,
    iterations,
    hashLength: hash.hash.length,
  });
}

/** The library is WebAssembly: it would block the event loop, and its memory never shrinks. So each computation gets
 * a thread, one at a time. */
function inTurn(work: object): Promise<Buffer> {
  const mine = before.then(() => compute(work));
  before = mine.catch(() => {});
  return mine;
}

async function compute(work: object): Promise<Buffer> {
  const worker = new Worker(CODE, {
    eval: true,
    env: {},
    execArgv: [],
    workerData: { library: require.resolve('hash-wasm'), ...work },
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
