import { Console } from 'node:console';
import { Writable } from 'node:stream';
import type { Job, Output } from '../protocol';
import { runAction } from './action';
import { noteChildren } from './children';
import { runHook, runRule } from './older';
import { limitResources } from './resources';
import { begin, failure, finish, port, type Running, say, send, settings, spent } from './running';

/** Runs Actions, Rules and Hooks, one job at a time; they may throw, exit or loop. This folder is compiled to one
 * text, ten times as fast to start as with a TypeScript compiler: import only Node.js modules and these files. */

/** The tenant reads the current script here if this thread loops or ends. */
const turn = new Int32Array(settings.signal, 4, 1);
port.on('message', (job: string) => {
  // Sent before the tenant knew; another thread runs it.
  if (spent) return;
  run(begin(JSON.parse(job) as Job)).then(
    (stoppedAt) => finish(stoppedAt === undefined ? {} : { stoppedAt }),
    (error: unknown) => finish({ failure: failure(error) }),
  );
});
for (const fatal of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(fatal, (error) => finish({ failure: failure(error) }, true));
const exit = process.exit.bind(process);
process.exit = ((code?: number) => {
  finish({ failure: failure(new Error(`called process.exit(${code ?? ''})`)) }, true);
  exit();
}) as typeof process.exit;
// These would end or change the tenant.
for (const name of ['kill', 'abort', 'chdir'] as const)
  (process as unknown as Record<string, unknown>)[name] = () => {
    throw new Error(`process.${name} is not possible here`);
  };
const [log, errors] = [writesAs('log'), writesAs('error')];
globalThis.console = new Console({ stdout: log, stderr: errors });
// The default ones bypass `say`, and arrive when another script runs.
process.stdout.write = log.write.bind(log);
process.stderr.write = errors.write.bind(errors);
limitResources();
noteChildren();
send({ type: 'ready' });

/** @returns the index of the step that stopped the run. */
async function run(running: Running): Promise<number | undefined> {
  const { steps, event, rules, hook } = running.job;
  for (const [i, { script, handler }] of steps.entries()) {
    running.script = script;
    Atomics.store(turn, 0, script);
    // A Rule's redirect happens after all Rules; the Actions wait for the return.
    const last = steps[i + 1]?.handler !== 'rule';
    const stops =
      handler === 'rule' && rules
        ? await runRule(running, script, rules, last)
        : handler === 'hook' && hook
          ? await runHook(running, script, hook)
          : await runAction(running, script, handler, event);
    if (stops) return i;
  }
  return undefined;
}

function writesAs(level: Output['level']): Writable {
  return new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, _encoding, done) => {
      say(level, String(chunk).replace(/\n$/, ''));
      done();
    },
  });
}
