import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { materialise } from '../../shared/steps/layers';
import { applyEdit, type Edit } from '../../shared/steps/mistakes';
import type { Lane } from '../support/lane';

/** An app that does something that no answer can be read from. */
export interface Case {
  title: string;
  edits: Edit[];
  diagnosis: string;
  /** What must stand in what was seen. */
  says: RegExp;
}

const SERVER = 'main().catch(';
export const LOGIN = "get('/login', async (req, res) => {";

export const atStart = (code: string): Edit => ({
  file: 'server.ts',
  replace: SERVER,
  with: `${code}\n${SERVER}`,
});
export const inLogin = (code: string): Edit => ({
  file: 'auth.ts',
  replace: LOGIN,
  with: `${LOGIN}\n      ${code}`,
});

/** The first check of the step, at which each of them shows. */
const FIRST = '2.login-redirects';

/** The check reports what the app does, with the learner's own file and line. */
export async function isReportedWithFileAndLine(
  lane: Lane,
  { title, edits, diagnosis, says }: Case,
): Promise<void> {
  const make = (target: string) => {
    materialise(2, target);
    for (const edit of edits) applyEdit(target, edit, title);
  };
  const { checks } = await lane.check({ make, only: [FIRST] });
  const [first] = checks;
  expect(first).to.include({ id: FIRST, passed: false });
  expect(first?.diagnosis?.id, JSON.stringify(first?.diagnosis)).to.equal(diagnosis);
  expect(first?.diagnosis?.seen, JSON.stringify(first?.diagnosis)).to.match(says);
  const { folder } = lane;
  expect(JSON.stringify(first?.diagnosis)).not.to.include(folder);
  const [, file, line] = /(\w+\.ts):(\d+)/.exec(first?.diagnosis?.seen ?? '') ?? [];
  if (file) {
    const source = fs.readFileSync(path.join(folder, file), 'utf8').split('\n')[Number(line) - 1] ?? '';
    const there = edits.some(
      (edit) => 'with' in edit && source.includes(edit.with.trim().split('\n').at(0) ?? '?'),
    );
    const near = edits.some((edit) => 'with' in edit && edit.with.includes(source.trim()));
    expect(there || near, `${file}:${line} is ${source}`).to.equal(true);
  }
}
