import type http from 'node:http';
import { observe } from '../lib/observe';
import { err } from '../lib/terminal';
import { type Message, type Party, Recorder } from './index';
import { isOwn, watchOwnSockets } from './own-sockets';
import { saveRecording } from './record';

const MOST = 200;
/** Milliseconds between two writes. */
const PAUSE = 1000;

export interface LiveRecording {
  wrap(to: Party): (handler: http.RequestListener) => http.RequestListener;
  /** Adds a message that no party of this process saw, such as one reported by the app. */
  add: Recorder['add'];
  answer: Recorder['answer'];
  close(): Promise<void>;
}

/** Stores the newest messages of running servers in the file that `npm run workshop flow` reads.
 * @param onMessage gets each request and each answer at once. */
export function liveRecording(of: string, onMessage?: (message: Message) => void): LiveRecording {
  watchOwnSockets();
  let timer: NodeJS.Timeout | undefined;
  let reported = false;
  const write = () => {
    timer = undefined;
    observe('what is stored for "flow"', () => {
      try {
        saveRecording(recorder.messages, { of });
        reported = false;
      } catch (error) {
        // Only an error of the file system is expected.
        const { code, message } = error as NodeJS.ErrnoException;
        if (code === undefined) throw error;
        if (!reported) err(`Nothing is stored for "flow": ${message}\n`);
        reported = true;
      }
    });
  };
  const recorder = new Recorder({
    most: MOST,
    // Tenant and API run here, and of the two only the API calls the other (for its keys).
    whoAsks: ({ socket }) => (isOwn(socket) ? 'api' : undefined),
    onChange: (message) => {
      onMessage?.(message);
      timer ??= setTimeout(write, PAUSE).unref();
    },
  });
  return {
    wrap: (to) => {
      const recorded = recorder.wrap(to);
      // Without style sheets, icons and metadata that the tenant reads once, which are no part of a login.
      return (handler) => {
        const wrapped = recorded(handler);
        return (req, res) =>
          req.headers['sec-fetch-mode'] === 'no-cors' || req.url?.startsWith('/samlp/metadata')
            ? handler(req, res)
            : wrapped(req, res);
      };
    },
    add: (message) => recorder.add(message),
    answer: (message, answer) => recorder.answer(message, answer),
    close: async () => {
      if (timer === undefined) return;
      clearTimeout(timer);
      write();
    },
  };
}
