import fs from 'node:fs';

/** Writes a file whole or not at all. (What is secret is written by data-file.ts.) */
export function writeWhole(file: string, text: string): void {
  const beside = `${file}.${process.pid}.new`;
  try {
    fs.writeFileSync(beside, text);
    fs.renameSync(beside, file);
  } catch (error) {
    fs.rmSync(beside, { force: true });
    throw error;
  }
}
