import path from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { parseEnv } from 'node:util';
import { type CommandContext, runInContext } from '../../shared/lib/command-context';
import { ROOT } from '../../shared/lib/places';
import { runCommand } from '../../shared/lib/user-error';
import { cleanEnvironment, type Ended, type Running } from './command';

/** The programs of package.json by their script file: what each runs. A program is loaded when it is asked for. */
const MAINS = new Map<string, () => () => Promise<void>>([
  [
    'shared/workshop/main.ts',
    () =>
      (require('../../shared/workshop/program') as typeof import('../../shared/workshop/program'))
        .runWorkshop,
  ],
  [
    'shared/workshop/tenant.ts',
    () =>
      (
        require('../../shared/workshop/tenant-command') as typeof import('../../shared/workshop/tenant-command')
      ).runOwnTenant,
  ],
  [
    'shared/workshop/app.ts',
    () =>
      (require('../../shared/workshop/app-command') as typeof import('../../shared/workshop/app-command'))
        .runAppCommand,
  ],
  [
    'shared/api/main.ts',
    () => (require('../../shared/api/command') as typeof import('../../shared/api/command')).runApiCommand,
  ],
  [
    'shared/identity-providers/social/main.ts',
    () =>
      (
        require('../../shared/identity-providers/social/command') as typeof import('../../shared/identity-providers/social/command')
      ).runSocialCommand,
  ],
  [
    'shared/identity-providers/saml/main.ts',
    () =>
      (
        require('../../shared/identity-providers/saml/command') as typeof import('../../shared/identity-providers/saml/command')
      ).runSamlCommand,
  ],
  [
    'shared/guide/main.ts',
    () =>
      (require('../../shared/guide/command') as typeof import('../../shared/guide/command')).runGuideCommand,
  ],
]);

/** A stream whose text is stored, and passed on piece by piece. */
class Stored extends Writable {
  text = '';

  override _write(chunk: Buffer | string, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    this.emit('more');
    done();
  }
}

/**
 * Runs a program as `command` does, with a context of its own instead of a process of its own: nothing has to be started and loaded again. Nobody sits
 * at its terminal. What is to be tested about processes themselves (signals, being killed, two at a time) needs `command`.
 *
 * @param script the program's file, as in package.json.
 */
export function inProcess(
  script: string,
  args: readonly string[],
  { env = {}, cwd = ROOT }: { env?: Record<string, string>; cwd?: string } = {},
): Running {
  const main = MAINS.get(script)?.();
  if (!main) throw new Error(`${script} cannot run in this process`);
  const [stdout, stderr] = [new Stored(), new Stored()];
  const stops = new Set<() => void>();
  let isOver = false;
  let exit: (code: number) => void = () => {};
  const exited = new Promise<number>((resolve) => {
    exit = resolve;
  });
  const context: CommandContext = {
    argv: [process.execPath, path.join(ROOT, script), ...args],
    env: { ...cleanEnvironment(), ...env },
    cwd,
    stdin: new PassThrough().end(),
    stdout,
    stderr,
    exitCode: 0,
    exit: (code) => exit(code),
    onSignal: (stop) => {
      stops.add(stop);
      return () => stops.delete(stop);
    },
  };
  const over = runInContext(context, async () => {
    // A process has begun before anything of it runs.
    await null;
    await runCommand(main);
    // It goes on as long as something of it would answer a signal: a server, a watch.
    return context.exitCode !== 0 || stops.size === 0 ? context.exitCode : exited;
  });
  const ended: Promise<Ended> = Promise.race([over, exited]).then((code) => {
    isOver = true;
    return { code, stdout: stdout.text, stderr: stderr.text };
  });
  const until = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!pattern.test(stdout.text)) return;
        stdout.off('more', look);
        resolve();
      };
      stdout.on('more', look);
      look();
      ended.then(() => reject(new Error(`ended before ${pattern}:\n${stdout.text}\n${stderr.text}`)), reject);
    });
  return {
    stdout: () => stdout.text,
    stderr: () => stderr.text,
    until,
    ready: async () => {
      await until(/^# ready$/m);
      return parseEnv(stdout.text) as Record<string, string>;
    },
    ended,
    stop: async () => {
      if (!isOver) for (const stop of [...stops]) runInContext(context, stop);
      return (await ended).code;
    },
  };
}
