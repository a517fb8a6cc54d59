import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { diffLines } from 'diff';
import { listSteps, ROOT, readApp } from '../../shared/steps/layers';
import { applyEdit, mistakesOf } from '../../shared/steps/mistakes';
import { temporaryFolder } from '../support/workshop';
import { type Lesson, occursIn, readLesson } from './lesson';
import { declares, isSkeletonOf, type TaskText, taskTexts } from './tasks';

/** Where the types of a library are that lessons name signatures of. */
const TYPES = new Map([['openid-client', 'node_modules/openid-client/build/index.d.ts']]);

/** A lesson is an exercise: it asks first and shows the answer on demand. */
describe('the exercises of a lesson', () => {
  const { folder, remove } = temporaryFolder();
  after(remove);

  for (const step of listSteps()) {
    describe(`in step ${step.id}`, () => {
      let lesson: Lesson;
      let tasks: TaskText[];
      let app: Map<string, string>;
      let starter: Map<string, string>;
      before(() => {
        lesson = readLesson(step.folder);
        tasks = taskTexts(lesson.text, lesson.file);
        app = readApp(step.number);
        starter = readApp(step.number, { starter: true });
      });

      it('begin with a picture of what runs at the end, and close with what was learned', () => {
        expect(lesson.text).to.match(/^## What you will have at the end\n\n```mermaid\nflowchart LR\n/m);
        const parties = [...(lesson.blocks[0]?.text ?? '').matchAll(/^ {2}(\w+)\["/gm)].map(
          ([, name]) => name,
        );
        expect(parties).to.deep.equal(['Browser', 'App', 'Tenant', 'API']);
        const [, learned = ''] = lesson.text.split(/^## What you learned\n/m);
        expect(learned.match(/^- /gm)?.length ?? 0, 'things learned').to.be.within(3, 8);
      });

      if (step.number > 1)
        it('fold the finished lines: an open block shows only what the learner has', () => {
          for (const { id, open, folded } of tasks) {
            for (const { info, text } of open.filter((one) => one.info.startsWith('file='))) {
              const source = starter.get(info.slice('file='.length)) ?? '';
              expect(occursIn(source, text), `task ${id} shows these lines open:\n${text}`).to.equal(true);
            }
            expect(folded, `the folds of task ${id}`).to.not.be.empty;
          }
        });

      it('fade: the lines in step 01, a skeleton in 02, signatures in 03, then the specification of code alone', () => {
        // The levels of a configuration are a format, which nobody can conclude from a specification.
        const shown = (kind: string) =>
          tasks
            .filter(({ open }) =>
              open.some(
                ({ info }) => info.startsWith(`${kind}=`) && (kind !== 'skeleton' || !info.endsWith('.yaml')),
              ),
            )
            .map(({ id }) => id);
        const ids = tasks.map(({ id }) => id);
        if (step.number === 1) expect(shown('file')).to.deep.equal(ids);
        expect(shown('skeleton')).to.deep.equal(step.number === 2 ? ids : []);
        if (step.number === 3) expect(shown('signatures')).to.not.be.empty;
        if (step.number > 3) expect(shown('signatures')).to.be.empty;
      });

      it('show skeletons and signatures that the finished code has', () => {
        for (const { info, text, line } of lesson.blocks) {
          const [kind = '', name = ''] = info.split('=');
          if (kind === 'skeleton')
            expect(
              isSkeletonOf(app.get(name) ?? '', text),
              `README.md:${line} is no skeleton of ${name}`,
            ).to.equal(true);
          if (kind !== 'signatures') continue;
          const types = TYPES.get(name);
          const source =
            types === undefined ? app.get(name) : fs.readFileSync(path.join(ROOT, types), 'utf8');
          expect(
            declares(source ?? '', text),
            `README.md:${line} shows what ${name} does not declare`,
          ).to.equal(true);
        }
      });

      it('ask for a prediction before each Break it, whose change mistakes.yaml proves', () => {
        const breaks = tasks.flatMap((task) => task.breaks);
        expect(breaks.length, 'sections Break it').to.be.at.least(2);
        for (const { heading, mistake: id, change, isOpen, predicts, outcome } of breaks) {
          expect(heading).to.match(/^Break it: /);
          expect(isOpen, `${heading}: a change that everybody sees`).to.equal(false);
          expect(predicts, `${heading}: a prediction`).to.equal(true);
          const mistake = mistakesOf(step).find((one) => one.id === id);
          if (!mistake) throw new Error(`${heading}: mistakes.yaml has no ${id}`);
          expect(outcome, `${heading}: what happens`).to.include(`\`${mistake.check}\``);
          expect(mistake.from, `${heading}: a change of the finished app`).to.equal(undefined);
          const at = path.join(folder, step.id, mistake.id);
          const files = [...new Set(mistake.edits.map(({ file }) => file))];
          for (const file of files) {
            fs.mkdirSync(path.dirname(path.join(at, file)), { recursive: true });
            fs.writeFileSync(path.join(at, file), app.get(file) ?? '');
          }
          for (const edit of mistake.edits) applyEdit(at, edit, mistake.id);
          const expected = files.flatMap((file) =>
            changedLines(app.get(file) ?? '', fs.readFileSync(path.join(at, file), 'utf8')),
          );
          const shown = change
            .split('\n')
            .filter((line) => /^[-+]/.test(line))
            .map((line) => `${line[0]}${line.slice(1).trim()}`);
          for (const sign of ['-', '+']) {
            const of = (lines: string[]) => lines.filter((line) => line.startsWith(sign));
            expect(of(shown), `${heading}: the change of ${mistake.id}`).to.deep.equal(of(expected));
          }
        }
      });

      it('ask at least six questions of four answers, half of them for the reason', () => {
        expect(step.quiz.length).to.be.at.least(6);
        for (const { question, answers } of step.quiz) {
          expect(new Set(answers.map(({ text }) => text)).size, question).to.equal(4);
          expect(answers, question).to.have.length(4);
          for (const { text, reason } of answers) expect(reason, text).to.match(/\w{3}.*\.$/);
        }
        const why = step.quiz.filter(({ asks }) => asks === 'why');
        expect(why.length * 2, 'questions that ask why').to.be.at.least(step.quiz.length);
      });

      if (step.number > 1)
        it('ask one question of an earlier step again', () => {
          const again = step.quiz.filter((one) => one.again !== undefined);
          expect(again).to.not.be.empty;
          for (const one of again) {
            const first = listSteps()
              .find(({ id }) => id === one.again && id < step.id)
              ?.quiz.find(({ question }) => question === one.question);
            const right = (quiz: typeof first) => quiz?.answers.find((answer) => answer.right)?.text;
            expect(right(first), `step ${one.again} asks: ${one.question}`).to.equal(right(one));
          }
        });
    });
  }
});

/** The lines of a change, without their depth. */
const changedLines = (before: string, after: string): string[] =>
  diffLines(trimmed(before), trimmed(after)).flatMap(({ added, removed, value }) =>
    added || removed
      ? value
          .replace(/\n$/, '')
          .split('\n')
          .map((line) => `${added ? '+' : '-'}${line.trim()}`)
      : [],
  );

const trimmed = (text: string): string => text.replace(/^[ \t]+/gm, '');

describe('what a lesson shows of a file', () => {
  const source = 'function a() {\n  const b = await c(1);\n  if (b) return d(b);\n}\n';

  it('is a skeleton when its lines stand there in order, but for what is left open', () => {
    for (const skeleton of ['function a() {\n  // make b\n  …\n}', 'const b = await …;\nif (b) return …;'])
      expect(isSkeletonOf(source, skeleton), skeleton).to.equal(true);
    for (const skeleton of ['if (b) return …;\nconst b = …;', 'const e = …;'])
      expect(isSkeletonOf(source, skeleton), skeleton).to.equal(false);
  });

  it('is a signature when the function is declared so, over however many lines', () => {
    const types = 'export declare function one(\n  a: A,\n  b?: B,\n): Promise<Some<C>>;\n';
    for (const signature of ['one(a: A, b?: B): Promise<Some<C>>', 'one(a: A, …): Promise<…>'])
      expect(declares(types, signature), signature).to.equal(true);
    for (const signature of [
      'one(a: A): Promise<Some<C>>',
      'ne(a: A, …): Promise<…>',
      'one(b: A, …): Promise<…>',
    ])
      expect(declares(types, signature), signature).to.equal(false);
  });
});
