import fs from 'node:fs';
import path from 'node:path';
import { attempt } from '../lib/attempt';
import { writeWhole } from '../lib/write-whole';
import { myAppData } from '../workshop/my-app';

/** What opens a file's line from a page. */
export interface Editor {
  id: string;
  name: string;
  /** The address that its program registers. @param file absolute, with forward slashes, encoded for a path. */
  address?: (file: string, line: number) => string;
}

const slashed = (file: string) => (file.startsWith('/') ? file : `/${file}`);

export const EDITORS: readonly Editor[] = [
  { id: 'vscode', name: 'VS Code', address: (file, line) => `vscode://file${slashed(file)}:${line}` },
  { id: 'cursor', name: 'Cursor', address: (file, line) => `cursor://file${slashed(file)}:${line}` },
  {
    id: 'webstorm',
    name: 'JetBrains WebStorm',
    address: (file, line) => `webstorm://open?file=${file.replaceAll('&', '%26')}&line=${line}`,
  },
  {
    id: 'idea',
    name: 'JetBrains IntelliJ IDEA',
    address: (file, line) => `idea://open?file=${file.replaceAll('&', '%26')}&line=${line}`,
  },
  { id: 'none', name: 'another editor: show the path' },
];

const [FIRST] = EDITORS as [Editor];

const choiceFile = () => path.join(myAppData(), 'editor');

/** The editor that the learner chose on a page; VS Code until then. */
export function chosenEditor(): Editor {
  const id = attempt(() => fs.readFileSync(choiceFile(), 'utf8').trim());
  return EDITORS.find((one) => one.id === id) ?? FIRST;
}

/** Stores the choice for all pages and later starts. @returns false for an editor that the guide does not know. */
export function chooseEditor(id: unknown): boolean {
  const editor = EDITORS.find((one) => one.id === id);
  if (!editor) return false;
  fs.mkdirSync(myAppData(), { recursive: true });
  writeWhole(choiceFile(), `${editor.id}\n`);
  return true;
}
