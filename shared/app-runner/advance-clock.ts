import type { ChildProcess } from 'node:child_process';
import { on } from 'node:events';
import type { AgentEvent } from './agent';
import type { ClockAdvance } from './ipc-messages';

/** Milliseconds until an app that goes on must have heard of it. */
const PATIENCE = 5000;

/**
 * Turns an app's clock on.
 *
 * @param ms milliseconds.
 * @returns whether it did; not for an app that the workshop did not start, or that hears nothing.
 */
export async function advanceClock(child: ChildProcess | undefined, ms: number): Promise<boolean> {
  if (!child?.connected) return false;
  const ended = new AbortController();
  const stop = () => ended.abort();
  const timer = setTimeout(stop, PATIENCE);
  child.once('disconnect', stop);
  const turn: ClockAdvance = { turn: ms };
  try {
    const words = on(child, 'message', { signal: ended.signal });
    child.send(turn, () => {});
    for await (const [said] of words) if ('turned' in (said as AgentEvent)) return true;
  } catch {
    // It has ended, or is in an infinite loop.
  } finally {
    clearTimeout(timer);
    child.off('disconnect', stop);
  }
  return false;
}
