import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { listSteps } from '../../shared/steps/layers';
import { readMarked } from '../../shared/steps/unmark';

/** The lines of each task's exercises, in the finished files of the step's own layer. */
function exerciseLines(folder: string, files: readonly string[]): Map<string, string[]> {
  const lines = new Map<string, string[]>();
  for (const file of new Set(files)) {
    for (const part of readMarked(fs.readFileSync(path.join(folder, 'app', file), 'utf8'), file)) {
      if (part.kind !== 'line' || !part.within || part.line.trim() === '') continue;
      const { task } = part.within;
      lines.set(task, [...(lines.get(task) ?? []), part.line.trim()]);
    }
  }
  return lines;
}

/** The lines of code that a lesson shows in the text of each task. */
function shownLines(lesson: string): Map<string, string[]> {
  const tasks = lesson.split(/^### /m).slice(1);
  return new Map(
    tasks.map((text) => [
      /^\S+/.exec(text)?.[0] ?? '',
      [...text.matchAll(/^```\w+ file=\S+\n([\s\S]*?)^```/gm)].flatMap(([, code = '']) =>
        code.split('\n').map((line) => line.trim()),
      ),
    ]),
  );
}

describe('the lesson alone', () => {
  for (const { id, folder, tasks } of listSteps()) {
    it(`shows every line that the exercises of step ${id} need, in order`, () => {
      const shown = shownLines(fs.readFileSync(path.join(folder, 'README.md'), 'utf8'));
      const exercises = exerciseLines(
        folder,
        tasks.map(({ file }) => file),
      );
      expect([...exercises.keys()].sort()).to.deep.equal(
        tasks.flatMap((task) => (task.optional ? [] : [task.id])),
      );
      for (const [task, needed] of exercises) {
        let at = 0;
        const lines = shown.get(task) ?? [];
        for (const line of needed) {
          const next = lines.indexOf(line, at);
          expect(next, `task ${task} does not show, in its place: ${line}`).to.be.at.least(0);
          at = next + 1;
        }
      }
    });
  }
});
