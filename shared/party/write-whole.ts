import fs from 'node:fs';
import { renameSync, rmSync } from './held';

/** Writes a file whole or not at all. (What is secret is written by data-file.ts.) */
export function writeWhole(file: string, text: string): void {
  const beside = `${file}.${process.pid}.new`;
  try {
    fs.writeFileSync(beside, text);
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
