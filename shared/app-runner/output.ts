import type { ChildProcess } from 'node:child_process';
import type { Written } from './ipc-messages';

/** Characters that are retained: the end explains most. */
const MOST = 100_000;
const STREAMS = ['stdout', 'stderr'] as const;

/** The output of an app, of both streams. */
export class Output {
  readonly #received: Written = { stdout: 0, stderr: 0 };
  readonly #waiting = new Set<() => void>();
  #text = '';

  /** @param onText gets each piece. */
  constructor(child: ChildProcess, onText?: (text: string) => void) {
    for (const name of STREAMS)
      child[name]?.setEncoding('utf8').on('data', (text: string) => {
        this.#text = (this.#text + text).slice(-MOST);
        this.#received[name] += Buffer.byteLength(text);
        onText?.(text);
        for (const look of [...this.#waiting]) look();
      });
  }

  get text(): string {
    return this.#text;
  }

  /** Resolves once as many bytes have arrived as the app has written. */
  arrived(written: Written): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (STREAMS.some((name) => this.#received[name] < written[name])) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}
