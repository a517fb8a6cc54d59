import type { ChildProcess } from 'node:child_process';
import type { EventEmitter } from 'node:events';
import type { AppHost } from '../../shared/app-runner/prewarmed-process';

/** Milliseconds by which what comes from an app's process is late; its answers over HTTP are not. */
export interface Delays {
  /** What its agent reports. */
  reports?: number;
  /** What it writes. */
  output?: number;
  /** That it has ended. */
  end?: number;
}

/** Gives each process that a host gives slow channels to the workshop, as on a busy machine. */
export function withLateChannels(host: AppHost, delays: () => Delays): AppHost {
  return {
    take: async (env) => {
      const child = await host.take(env);
      if (child) slowDown(child, delays());
      return child;
    },
    close: () => host.close(),
  };
}

function slowDown(child: ChildProcess, { reports = 0, output = 0, end = 0 }: Delays): void {
  delay(child, ['message'], reports);
  for (const stream of [child.stdout, child.stderr]) if (stream) delay(stream, ['data', 'end'], output);
  // Nobody may see from its properties either that it has ended.
  const known = { exitCode: null, signalCode: null, connected: true };
  for (const [name, before] of Object.entries(known)) {
    let value: unknown = before;
    Object.defineProperty(child, name, {
      get: () => value,
      set: (next) => void setTimeout(() => (value = next), end),
    });
  }
  delay(child, ['exit', 'disconnect'], end);
  // Not before the output is read.
  delay(child, ['close'], Math.max(end, output));
}

/** Timers of the same length run in the order in which they began, so the order of events is preserved. */
function delay(emitter: EventEmitter, events: readonly string[], ms: number): void {
  if (ms === 0) return;
  const emit = emitter.emit.bind(emitter);
  emitter.emit = (event: string | symbol, ...rest: unknown[]) => {
    if (!events.includes(String(event))) return emit(event, ...rest);
    setTimeout(() => emit(event, ...rest), ms);
    return true;
  };
}
