import path from 'node:path';
import { shownPath } from '../lib/places';
import { chosenEditor } from './editor';

/** A line of a file: its text, and the address that opens it in the learner's editor. */
export interface FileLink {
  text: string;
  /** Undefined if the learner's editor has none. */
  href: string | undefined;
}

/** @param line counted from 1. */
export function fileLink(file: string, line: number): FileLink {
  const forward = file.split(path.sep).join('/');
  const encoded = encodeURI(forward).replace(/[?#]/g, encodeURIComponent);
  return { text: `${shownPath(file)}:${line}`, href: chosenEditor().address?.(encoded, line) };
}
