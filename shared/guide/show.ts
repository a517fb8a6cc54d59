import { commandContext } from '../lib/command-context';
import { prefixed } from '../lib/prefix';
import type { AppProcesses } from './app-processes';
import type { Hub } from './hub';
import type { AppState, RunningApp } from './running-app';
import { html } from './view';

/** Prints what the app, or the learner's API, writes, and why it has ended or does not listen yet; and sends that to the
 * open pages. Each line begins with the number of the process, if several run.
 * @param isShown whether the pages show it. */
export function show(
  id: 'app' | 'api',
  program: RunningApp | AppProcesses,
  hub: Hub,
  isShown = () => true,
): void {
  const onOutput = (text: string, process?: number) => {
    commandContext().stderr.write(prefixed(id, text, process));
    hub.publish('log', { of: id, process, text });
  };
  const sendState = () => {
    if (hub.pages === 0 || !isShown()) return;
    const locals = { [id]: program.state, [`${id}Log`]: program.recent };
    hub.publish(id, { html: html(`${id}-state`, locals), panel: html(`${id}-panel`, locals) });
  };
  hub.onPage(sendState);
  /** The last reported cause of each process. */
  const reported = new Map<number | undefined, string>();
  const onState = ({ state, finding }: AppState, process?: number) => {
    sendState();
    const print = (line: string) => commandContext().stderr.write(prefixed(id, `${line}\n`, process));
    if (state === 'running' && reported.has(process)) print('It listens now.');
    if (finding && state === 'ended') print(finding.seen);
    // It is found again and again: each cause is printed once.
    const slow = state === 'starting' ? finding : undefined;
    if (slow && slow.cause !== reported.get(process))
      print(
        `It does not listen yet: ${slow.seen}. The wait goes on; a save, or the guide’s button, restarts it.`,
      );
    if (slow) reported.set(process, slow.cause);
    else reported.delete(process);
  };
  const emitter: Emitter = program;
  emitter.on('output', onOutput);
  emitter.on('state', onState);
}

/** What both kinds of programs emit. */
interface Emitter {
  on(event: 'output', listener: (text: string, process?: number) => void): unknown;
  on(event: 'state', listener: (state: AppState, process?: number) => void): unknown;
}
