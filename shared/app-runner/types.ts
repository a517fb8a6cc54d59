/** A program of the learner that runs as a process of its own, in the words of messages. */
export interface Kind {
  /** The beginning of the ids of its findings. */
  id: 'app' | 'api';
  name: 'app' | 'API';
}
export const APP: Kind = { id: 'app', name: 'app' };
export const API: Kind = { id: 'api', name: 'API' };

/** The folder of an app that has the learner's own API, and its main program. */
export const API_FOLDER = 'api';

/** What an app loaded the last time: the next process loads it in advance. */
export interface Loaded {
  /** Files of packages, in the order in which they were loaded. */
  packages: string[];
  /** The app's own TypeScript files. */
  files: string[];
  /** The app's own pug files. */
  views: string[];
}

/** What a prewarmed process receives: first what to load, then the order to start the app. */
export type Order = { load: Loaded; exercise: boolean } | { go: { env: Record<string, string> } };
