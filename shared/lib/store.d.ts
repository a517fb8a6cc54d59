/** The name of an entry that depends on these texts. */
export function nameOf(...parts: readonly string[]): string;
/** @returns the stored text; undefined if there is none, or it is damaged. */
export function read(name: string): string | undefined;
/** Completely or not at all. A folder that can't be written to costs only time. */
export function write(name: string, text: string): void;
