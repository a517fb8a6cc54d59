/** What the workshop asks an app's process that it wants to know `loaded` of. In a file of its own: the parent must not load the agent. */
export const ASK_LOADED = 'which files are loaded?';

/** What the workshop tells an app's process when a check would otherwise only wait for the app's own time limit: the longest one, in milliseconds. */
export interface FireTimers {
  fireTimers: number;
}

/** What the workshop asks an app's process about a request that it does not answer: the path. */
export interface AskHandler {
  handlerOf: string;
}

/** What the workshop tells an app's process when time is to pass: milliseconds. */
export interface ClockAdvance {
  turn: number;
}

/** Asks an app's process whether the workshop has all that it reported: the answer has the same number. */
export interface Synchronise {
  synchronise: number;
}

/** Bytes that an app has written. */
export interface Written {
  stdout: number;
  stderr: number;
}

/** Milliseconds until an app has said where it is: the answer is made in some milliseconds, or not at all. */
export const SAYS_WHERE_WITHIN = 500;
/** Milliseconds of processor time that an app's process is asked to use, and until it has used them unless the machine is busy. */
export const [SHARE, SHARE_WITHIN] = [50, 250];
/** The descriptor of an app's process by which the workshop asks where it is: after the three streams and the channel. */
export const LINE = 4;
/** What an app's process gets to talk by. */
export const STREAMS: ('ignore' | 'pipe' | 'ipc')[] = ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'];
/** The setting that says to an app's process that the line is there. */
export const HAS_LINE = 'WORKSHOP_LINE';
