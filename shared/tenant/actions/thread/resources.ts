import fs from 'node:fs';
import v8 from 'node:v8';
import vm from 'node:vm';
import { failure, finish, settings } from './running';

/** Limits memory, open files and sockets of a script: the process has a limited number, and the tenant needs some. A
 * thread that exceeds a limit is ended, with everything that it opened. */

/** Open files and directories; sockets, servers, watches and processes; all of these and timers. */
const MOST_FILES = 100;
const MOST_SOCKETS = 200;
const MOST_HANDLES = 1000;
/** Resources that Node.js lists and that need no file descriptor. */
const NO_DESCRIPTOR = new Set(['Timeout', 'Immediate', 'CloseReq', 'MessagePort']);
/** Bytes of new Buffers after which all are counted. */
const LOOK_AFTER = 4 * 1024 * 1024;
/** Milliseconds between two checks while a script waits. */
const LOOK_EVERY = 250;

let over = false;

/** @throws the error that the script sees. */
export function end(message: string): never {
  const error = new Error(message);
  if (!over) finish({ failure: failure(error) }, true);
  over = true;
  // A script that continues meets it again.
  throw error;
}

export function limitResources(): void {
  countFiles();
  countBuffers();
  setInterval(() => {
    try {
      lookAtBuffers();
      lookAtHeap();
      lookAtHandles();
    } catch {
      // The run has ended.
    }
  }, LOOK_EVERY).unref();
}

let allocated = 0;
let collect: (() => void) | undefined;

function countBuffers(): void {
  const makers = Buffer as unknown as Record<string, (...args: unknown[]) => Buffer>;
  for (const name of ['alloc', 'allocUnsafe', 'allocUnsafeSlow', 'from', 'concat']) {
    const make = makers[name];
    if (!make) continue;
    makers[name] = function (this: unknown, ...args) {
      const made = make.apply(this, args);
      allocated += made.byteLength;
      if (allocated > LOOK_AFTER) lookAtBuffers();
      return made;
    };
  }
}

function lookAtBuffers(): void {
  allocated = 0;
  limitMemory(() => process.memoryUsage().arrayBuffers, ' for Buffers');
}

const lookAtHeap = () => limitMemory(() => v8.getHeapStatistics().used_heap_size, '');

function limitMemory(used: () => number, what: string): void {
  const most = settings.memory * 1024 * 1024;
  if (used() <= most) return;
  collectGarbage();
  if (used() > most) end(`used more than ${settings.memory} MB of memory${what}`);
}

/** Memory that only waits for the collector does not count. */
function collectGarbage(): void {
  if (!collect) {
    v8.setFlagsFromString('--expose-gc');
    collect = vm.runInNewContext('gc') as () => void;
  }
  collect();
}

function lookAtHandles(): void {
  const all = process.getActiveResourcesInfo();
  const { length } = all;
  const sockets = all.filter((name) => !NO_DESCRIPTOR.has(name)).length;
  if (sockets > MOST_SOCKETS)
    end(`has ${sockets} sockets, processes and the like open, and may have ${MOST_SOCKETS}`);
  if (length > MOST_HANDLES)
    end(`has ${length} sockets, timers and the like open, and may have ${MOST_HANDLES}`);
}

const open = new Set<unknown>();
/** Files that are being opened. */
let opening = 0;

function limitFiles(): void {
  if (open.size + opening > MOST_FILES)
    end(`has more than ${MOST_FILES} files open: close each one that you open`);
}

type Callback = (error: unknown, value?: unknown) => void;

/** Counts what is open until it is closed: fs closes a number; an object has its own methods. */
function watched(what: unknown): unknown {
  const handle = what as Record<string, ((...args: unknown[]) => unknown) | undefined>;
  for (const name of typeof what === 'object' && what !== null ? ['close', 'closeSync'] : []) {
    const close = handle[name];
    if (close)
      handle[name] = (...args) => {
        open.delete(what);
        return close.apply(what, args);
      };
  }
  if (what instanceof fs.Dir) {
    // A loop over a directory closes it internally.
    const entries = what[Symbol.asyncIterator].bind(what);
    what[Symbol.asyncIterator] = async function* () {
      try {
        yield* entries();
      } finally {
        open.delete(what);
      }
      return undefined;
    };
  }
  open.add(what);
  limitFiles();
  return what;
}

/** Covers what remains open after the call; readFile and the like close their files themselves. */
function countFiles(): void {
  const sync = fs as unknown as Record<string, (...args: unknown[]) => unknown>;
  const promises = fs.promises as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  for (const name of ['open', 'opendir'] as const) {
    const [withCallback, now, later] = [sync[name], sync[`${name}Sync`], promises[name]];
    sync[`${name}Sync`] = (...args) => watched(now?.apply(fs, args));
    promises[name] = async (...args) => {
      opening += 1;
      limitFiles();
      const what = await later?.apply(fs.promises, args).finally(() => {
        opening -= 1;
      });
      return watched(what);
    };
    sync[name] = (...args) => {
      const done = args.pop() as Callback;
      if (typeof done !== 'function') return withCallback?.apply(fs, [...args, done]);
      opening += 1;
      limitFiles();
      return withCallback?.apply(fs, [
        ...args,
        (error: unknown, value: unknown) => {
          opening -= 1;
          done(error, error ? value : watched(value));
        },
      ]);
    };
  }
  for (const name of ['close', 'closeSync']) {
    const close = sync[name];
    sync[name] = (...args) => {
      open.delete(args[0]);
      return close?.apply(fs, args);
    };
  }
}
