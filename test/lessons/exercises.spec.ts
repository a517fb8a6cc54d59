import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { listSteps, type Step } from '../../shared/steps/layers';
import { readMarked } from '../../shared/steps/unmark';

/** The lines of each task's exercises, in the finished files of the step's own layer; those of the task's own file first. */
function exerciseLines({ folder, tasks }: Pick<Step, 'folder' | 'tasks'>): Map<string, string[]> {
  const lines = new Map<string, string[]>();
  const add = (task: string, line: string) => lines.set(task, [...(lines.get(task) ?? []), line]);
  const own = new Map(tasks.map(({ id, file }) => [id, file]));
  const found = [...new Set(own.values())].flatMap((file) =>
    [...readMarked(fs.readFileSync(path.join(folder, 'app', file), 'utf8'), file)].flatMap((part) =>
      part.kind === 'line' && part.within && part.line.trim() !== ''
        ? { file, task: part.within.task, line: part.line.trim() }
        : [],
    ),
  );
  for (const { file, task, line } of found) if (own.get(task) === file) add(task, line);
  for (const { file, task, line } of found) if (own.get(task) !== file) add(task, line);
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
  for (const step of listSteps()) {
    const { id, folder, tasks } = step;
    it(`shows every line that the exercises of step ${id} need, in order`, () => {
      const shown = shownLines(fs.readFileSync(path.join(folder, 'README.md'), 'utf8'));
      const exercises = exerciseLines(step);
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
