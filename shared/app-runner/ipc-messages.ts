/** Asks an app's process for `loaded`. In a file without imports, because the parent must not load the agent. */
export const ASK_LOADED = 'which files are loaded?';

/** Ends the app's timers of at most so many milliseconds, so that a check does not wait for the app's own time limit. */
export interface FireTimers {
  fireTimers: number;
}

/** Asks for the handler in which the last request for a path waits. */
export interface AskHandler {
  handlerOf: string;
}

/** Advances the clock of an app's process by milliseconds. */
export interface ClockAdvance {
  advance: number;
}

/** Asks whether the workshop has everything that the process reported. The answer has the same number. */
export interface Synchronise {
  synchronise: number;
}

/** Bytes that an app has written. */
export interface Written {
  stdout: number;
  stderr: number;
}

/** Milliseconds until an app has reported its location: the answer takes some milliseconds, or never comes. */
export const LOCATION_WITHIN = 500;
/** Milliseconds of processor time that a process is asked to use, and until it has used them if the machine is free. */
export const [SHARE, SHARE_WITHIN] = [50, 250];
/** The descriptor by which the workshop asks for the location: it follows the three streams and the IPC channel. */
export const LINE = 4;
export const STREAMS: ('ignore' | 'pipe' | 'ipc')[] = ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'];
/** The setting that announces LINE to an app's process. */
export const HAS_LINE = 'WORKSHOP_LINE';
