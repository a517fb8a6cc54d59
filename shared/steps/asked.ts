/** What the workshop asks an app's process that it wants to know `loaded` of. In a file of its own: the parent must not load the witness. */
export const ASK_LOADED = 'which files are loaded?';
