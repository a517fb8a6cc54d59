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
