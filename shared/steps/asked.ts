/** What the workshop asks an app's process that it wants to know `loaded` of. In a file of its own: the parent must not load the witness. */
export const ASK_LOADED = 'which files are loaded?';

/** What the workshop tells an app's process before and after a check that would otherwise only wait for the app's own time limit. */
export const HURRY = 'waits of some seconds take a tenth';
export const AT_EASE = 'waits take as long as they say';
