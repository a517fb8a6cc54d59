/** The name of an entry that depends on these texts. */
export function nameOf(...parts: readonly string[]): string;
/** @returns what is stored; undefined when there is nothing, or it is damaged. */
export function read(name: string): string | undefined;
/** Whole or not at all. A folder that can't be written to costs time only. */
export function write(name: string, text: string): void;
