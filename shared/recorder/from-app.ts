import type { ChildProcess } from 'node:child_process';
import type { WireWords } from '../steps/witness-wire';
import type { Message } from './index';
import type { LiveRecording } from './live';

/** Adds what an app's process tells of its messages to a recording. */
export function listenToApp(
  child: Pick<ChildProcess, 'on'>,
  recording: Pick<LiveRecording, 'add' | 'answer'>,
): void {
  const open = new Map<number, Message>();
  child.on('message', (words: { wire?: WireWords }) => {
    if (!words.wire) return;
    const { id, url, ...said } = words.wire;
    const known = open.get(id);
    if (known) {
      open.delete(id);
      recording.answer(known, said);
      return;
    }
    const { from, to, method } = said;
    if (!from || !to || method === undefined || url === undefined) return;
    open.set(id, recording.add({ ...said, from, to, method, url: new URL(url) }));
  });
}
