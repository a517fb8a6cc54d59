import type { ChildProcess } from 'node:child_process';
import { z } from 'zod';
import { observe } from '../lib/observe';
import type { Message } from './index';
import type { LiveRecording } from './live';
import { shown } from './types';

const headers = z.record(z.string(), z.union([z.string(), z.number(), z.array(z.string())]));
/** The app's process is the learner's, so its messages may contain anything. */
const heard = z.object({
  wire: shown.partial().extend({
    id: z.number(),
    url: z.string().refine(URL.canParse).optional(),
    requestHeaders: headers.optional(),
    status: z.int().optional(),
    responseHeaders: headers.optional(),
  }),
});
const MOST_OPEN = 5000;

export interface HeardFrom {
  /** The number of the process, if several run. */
  process?: number | undefined;
  /** A proxy in front of it ends https. */
  https?: boolean;
}

/** Adds to a recording what an app's process reports about its messages. */
export function listenToApp(
  child: Pick<ChildProcess, 'on'>,
  recording: Pick<LiveRecording, 'add' | 'answer'>,
  { process, https = false }: HeardFrom = {},
): void {
  const open = new Map<number, Message>();
  const add = (words: unknown) => {
    const wire = heard.safeParse(words).data?.wire;
    if (!wire) return;
    const { id, url, process: _, ...content } = wire;
    const reported = Object.fromEntries(Object.entries(content).filter(([, value]) => value !== undefined));
    const known = open.get(id);
    if (known) {
      open.delete(id);
      recording.answer(known, reported as Partial<Message>);
      return;
    }
    const { from, to, method } = content;
    if (!from || !to || method === undefined || url === undefined) return;
    const at = new URL(url);
    if (https && to === 'app') at.protocol = 'https:';
    const whose = process === undefined ? {} : { process };
    open.set(id, recording.add({ ...(reported as Partial<Message>), ...whose, from, to, method, url: at }));
    for (const oldest of open.keys()) {
      if (open.size <= MOST_OPEN) break;
      open.delete(oldest);
    }
  };
  child.on('message', (words) => observe('what the app reports of its messages', () => add(words)));
}
