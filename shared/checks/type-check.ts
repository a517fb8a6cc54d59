import fs from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { sourcesOf } from '../app-runner/compile-ahead';
import { compiler } from '../app-runner/compiler';
import { ROOT } from '../lib/places';

/** An error of the type checker in one of the app's own files. */
export interface FoundTypeError {
  /** Relative to the app's folder, with forward slashes. */
  file: string;
  line: number;
  code: number;
  message: string;
  /** The text with the error. */
  text: string;
  /** Codes of TypeScript's related information. */
  related: readonly number[];
}

export interface TypeQuestion {
  id: number;
  folder: string;
  files: readonly string[];
  /** The file whose errors are wanted. */
  file: string;
}

export interface WorkerData {
  typescript: string;
  /** The tsconfig.json of an app without its own. */
  config: string;
  root: string;
}

let worker: Worker | undefined;
let asked = 0;
const waiting = new Map<number, (errors: FoundTypeError[]) => void>();

/** The type errors in one of an app's own files, by its path in the app's folder; none for an app that cannot be
 * type-checked. The checker runs in a thread, which remains for the next call. */
export async function typeErrors(folder: string, name: string): Promise<FoundTypeError[]> {
  const files = sourcesOf(path.resolve(folder));
  worker ??= start();
  const file = path.resolve(folder, name);
  if (!worker || !files.includes(file)) return [];
  asked += 1;
  const question: TypeQuestion = { id: asked, folder: path.resolve(folder), files, file };
  const answer = new Promise<FoundTypeError[]>((resolve) => waiting.set(question.id, resolve));
  worker.postMessage(question);
  return answer;
}

function start(): Worker | undefined {
  if (!compiler) return undefined;
  const file = path.join(__dirname, 'type-check-worker.ts');
  const data: WorkerData = {
    typescript: require.resolve('typescript'),
    config: path.join(ROOT, 'tsconfig.json'),
    root: ROOT,
  };
  const code = compiler(fs.readFileSync(file, 'utf8'), file);
  const made = new Worker(code, { eval: true, execArgv: [], workerData: data });
  made.on('message', ({ id, errors }: { id: number; errors: FoundTypeError[] }) => {
    waiting.get(id)?.(errors);
    waiting.delete(id);
  });
  made.on('error', () => {
    worker = undefined;
    for (const resolve of waiting.values()) resolve([]);
    waiting.clear();
  });
  made.unref();
  return made;
}
