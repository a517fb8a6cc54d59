import { Session } from 'node:inspector';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';

/** Milliseconds in which a busy thread stops for the debugger, also on a slow machine. */
const PATIENCE = 1500;
/** Milliseconds of a sample, and the idle share from which a thread counts as waiting. */
const LOOK = 20;
const WAITS = 0.9;

let before: Promise<unknown> = Promise.resolve();

/** Asks the debugger where a thread is working: the line of an endless loop. @param files the scripts' paths.
 * @returns undefined when the thread waits for something. */
export function whereItHangs(worker: Worker, files: string[]): Promise<Place | undefined> {
  // A session sees all threads, so only one session at a time.
  const mine = before.then(() => ask(worker, files));
  before = mine;
  return mine;
}

export interface Place {
  file: number;
  /** Counted from 1. */
  line: number;
}

/** Ids of the messages to the thread's debugger. */
const ENABLE = 1;
const PAUSE = 2;
const RESUME = 3;
const DISABLE = 4;

/** The debugger gets no answer from a thread that waits. */
async function isIdle({ performance }: Worker): Promise<boolean> {
  const start = performance.eventLoopUtilization();
  await setTimeout(LOOK);
  const { idle, active } = performance.eventLoopUtilization(start);
  return idle > WAITS * (idle + active);
}

async function ask(worker: Worker, files: string[]): Promise<Place | undefined> {
  if (await isIdle(worker)) return undefined;
  const session = new Session();
  const timers: NodeJS.Timeout[] = [];
  try {
    session.connect();
    return await new Promise((resolve) => {
      const urls = new Map<string, string>();
      let target: string | undefined;
      let found: Place | undefined;
      const send = (id: number, method: string) => {
        if (target === undefined) return resolve(undefined);
        session.post('NodeWorker.sendMessageToWorker', {
          sessionId: target,
          message: JSON.stringify({ id, method }),
        });
      };
      // A paused thread could not be ended.
      const letGo = () => {
        send(RESUME, 'Debugger.resume');
        send(DISABLE, 'Debugger.disable');
      };
      timers.push(
        global.setTimeout(letGo, PATIENCE),
        global.setTimeout(() => resolve(found), 2 * PATIENCE),
      );
      session.on('NodeWorker.attachedToWorker', ({ params }) => {
        if (!`${params.workerInfo.title} `.startsWith(`[worker ${worker.threadId}] `)) return;
        target = params.sessionId;
        send(ENABLE, 'Debugger.enable');
        send(PAUSE, 'Debugger.pause');
      });
      session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
        if (params.sessionId !== target) return;
        const message = JSON.parse(params.message) as DebuggerMessage;
        if (message.id === DISABLE) resolve(found);
        if (message.method === 'Debugger.scriptParsed') urls.set(message.params.scriptId, message.params.url);
        if (message.method !== 'Debugger.paused') return;
        found = message.params.callFrames
          .map(({ location }) => ({
            file: files.indexOf(plainPath(urls.get(location.scriptId) ?? '')),
            line: location.lineNumber + 1,
          }))
          .find(({ file }) => file >= 0);
        letGo();
      });
      session.post('NodeWorker.enable', { waitForDebuggerOnStart: false }, (error) => {
        if (error) resolve(undefined);
      });
    });
  } catch {
    // This Node.js has no inspector, so the line is unknown.
    return undefined;
  } finally {
    timers.forEach(clearTimeout);
    session.disconnect();
  }
}

interface DebuggerMessage {
  id?: number;
  method?: string;
  params: {
    scriptId: string;
    url: string;
    callFrames: { location: { scriptId: string; lineNumber: number } }[];
  };
}

const plainPath = (url: string) => (url.startsWith('file://') ? fileURLToPath(url) : url);
