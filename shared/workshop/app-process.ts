import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '../party/user-error';

/** Characters of output kept: the end is what explains. */
const KEPT = 100_000;

export interface AppProcess {
  port: number;
  /** http://localhost:PORT */
  origin: string;
  child: ChildProcess;
  /** What it wrote last, to both streams. */
  output(): string;
  /** Its exit code; null when a signal ended it. */
  exited: Promise<number | null>;
  close(): Promise<void>;
}

export interface AppOptions {
  /** 0, the default, takes a free port. */
  port?: number;
  env: Record<string, string>;
  /** Told each piece of its output. */
  onOutput?: (text: string) => void;
  /** Milliseconds until it must answer. */
  patience?: number;
}

/**
 * Starts an app's server.ts in a process of its own and waits until it answers over HTTP.
 *
 * @throws UserError with its last words when it ends or does not listen in time.
 */
export async function startApp(
  folder: string,
  { port = 0, env, onOutput, patience = 20_000 }: AppOptions,
): Promise<AppProcess> {
  const taken = port === 0 ? await freePort() : port;
  const origin = `http://localhost:${taken}`;
  const child = spawn(
    process.execPath,
    ['-r', 'ts-node/register', '-r', path.join(__dirname, 'end-with-parent.ts'), 'server.ts'],
    {
      cwd: folder,
      env: { ...withoutSettings(process.env), BASE_URL: origin, ...env, PORT: String(taken) },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-KEPT);
      onOutput?.(text);
    });
  }
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const close = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const gone = await Promise.race([exited.then(() => true), delay(3000, false, { ref: false })]);
    if (!gone) child.kill('SIGKILL');
    await exited;
  };
  const app: AppProcess = { port: taken, origin, child, output: () => output, exited, close };
  await untilItAnswers(app, patience).catch(async (error) => {
    await close();
    throw error;
  });
  return app;
}

/** The app must get its settings from the workshop only, not from the shell that happens to start it. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const settings = [
    'ISSUER_BASE_URL',
    'CLIENT_ID',
    'CLIENT_SECRET',
    'CLIENT_AUTH',
    'AUDIENCE',
    'API_URL',
    'SESSION_SECRET',
    'BASE_URL',
    'PORT',
  ];
  return Object.fromEntries(Object.entries(env).filter(([name]) => !settings.includes(name)));
}

async function untilItAnswers(app: AppProcess, patience: number): Promise<void> {
  const end = Date.now() + patience;
  let over = false;
  const ended = app.exited.then(() => {
    over = true;
  });
  while (!over && Date.now() < end) {
    if (await accepts(app.port)) return;
    await Promise.race([ended, delay(25)]);
  }
  const words = app.output().trim() || '(it wrote nothing)';
  throw new UserError(
    over
      ? `The app ended instead of listening:\n${words}`
      : `The app does not listen on port ${app.port} (setting PORT) after ${patience / 1000} s:\n${words}`,
  );
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
