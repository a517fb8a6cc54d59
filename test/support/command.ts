import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { REGISTER } from '../../shared/lib/places';
import { ROOT } from '../../shared/steps/layers';
import { watchObservers } from './observers';

/** What a program that ended has left. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A program that a test runs. */
export interface Running {
  stdout(): string;
  stderr(): string;
  /** Resolves when standard output matches; rejects with everything it wrote when it ends first. */
  until(pattern: RegExp): Promise<void>;
  /** Resolves at `# ready` with the KEY=value lines. */
  ready(): Promise<Record<string, string>>;
  /** Its exit code and all it wrote. */
  ended: Promise<Ended>;
  /** Sends a signal and waits for its end. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** One in a process of its own. */
export interface Command extends Running {
  child: ChildProcess;
}

/** What a program of a test finds in its environment: nothing of this shell's settings, nor of an npm that runs the tests. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) =>
      !/^(PORT|BASE_URL|AUDIENCE|ISSUER_BASE_URL|SESSION_SECRET|(CLIENT|TENANT|API|APP)_.*|npm_(lifecycle|config)_.*)$/.test(
        name,
      ),
  );
  return { ...Object.fromEntries(inherited), TS_NODE_PROJECT: path.join(ROOT, 'tsconfig.json') };
}

/** What npm run does for a party: one command line in a process of its own, without settings of this shell. */
export function command(
  script: string,
  args: readonly string[],
  { env = {}, cwd = ROOT }: { env?: Record<string, string>; cwd?: string } = {},
): Command {
  const child = spawn(process.execPath, ['-r', REGISTER, path.join(ROOT, script), ...args], {
    cwd,
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.once('close', () => watchObservers(stderr));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  const until = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!pattern.test(stdout)) return;
        child.stdout.off('data', look);
        resolve();
      };
      child.stdout.on('data', look);
      look();
      ended.then(() => reject(new Error(`ended before ${pattern}:\n${stdout}\n${stderr}`)));
    });
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    until,
    ready: async () => {
      await until(/^# ready$/m);
      return parseEnv(stdout) as Record<string, string>;
    },
    ended,
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return (await ended).code;
    },
  };
}

/** The status of a GET at one address of a port; undefined when nobody listens there. */
export function statusAt(host: string, port: string | number, at = '/'): Promise<number | undefined> {
  return new Promise((resolve) => {
    http
      .get({ host, port, path: at, agent: false }, (res) => {
        res.resume();
        resolve(res.statusCode);
      })
      .once('error', () => resolve(undefined));
  });
}

/** The loopback addresses that this machine has. */
export async function loopback(): Promise<string[]> {
  const server = http.createServer().listen(0, '::1');
  const both = await Promise.race([
    once(server, 'listening').then(() => true),
    once(server, 'error').then(() => false),
  ]).catch(() => false);
  server.close();
  return both ? ['127.0.0.1', '::1'] : ['127.0.0.1'];
}
