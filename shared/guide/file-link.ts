import path from 'node:path';
import { ROOT } from '../lib/places';

/** A line of a file: its text, and a link that opens it in the editor. */
export interface FileLink {
  text: string;
  href: string;
}

/** @param line counted from 1. */
export function fileLink(file: string, line: number): FileLink {
  const forward = file.split(path.sep).join('/');
  const inside = path.relative(ROOT, file).split(path.sep).join('/');
  return {
    text: `${inside.startsWith('..') ? forward : inside}:${line}`,
    href: `vscode://file${forward.startsWith('/') ? '' : '/'}${encodeURI(forward).replace(/[?#]/g, encodeURIComponent)}:${line}`,
  };
}
