import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { listSteps, materialise, ROOT } from '../../shared/steps/layers';
import { temporaryFolder } from '../support/workshop';
import { ARCHITECTURE, COMMAND as DRAW, drawn } from './diagrams';
import { fencedBlocks, type Lesson, occursIn, readLesson } from './lesson';
import { COMMAND as ASK, questionSection, questionsIn } from './questions';
import { COMMAND, fileTable, tableIn } from './tables';

const PARTIES = ['Browser', 'App', 'Tenant', 'API'];
const SECTIONS = [
  'What you will have at the end',
  'The messages',
  'The files',
  'Begin',
  'Tasks',
  'By hand',
  'Check yourself',
  'What you learned',
];

describe('the lessons', () => {
  const { folder, remove } = temporaryFolder();
  after(remove);

  for (const step of listSteps()) {
    describe(`of step ${step.id}`, () => {
      let lesson: Lesson;
      let app: string;
      before(() => {
        lesson = readLesson(step.folder);
        app = path.join(folder, step.id);
        materialise(step.number, app);
      });

      it('has its sections in the order of the work', () => {
        const headings = [...lesson.text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
        expect(headings).to.deep.equal(SECTIONS);
      });

      it('draws its messages, with the four parties in their order', () => {
        const pictures = lesson.blocks.filter(({ text }) => text.startsWith('sequenceDiagram'));
        expect(pictures).to.have.length(1);
        const parties = [...(pictures[0]?.text ?? '').matchAll(/^ *participant (.*)$/gm)].map(
          ([, party]) => party,
        );
        expect(parties).to.deep.equal(PARTIES);
      });

      it('has the pictures of its diagrams beside it', () => {
        expectPictures(path.join(step.folder, 'README.md'));
      });

      it('lists each file of the app with the step from which it comes', () => {
        expect(tableIn(lesson.text), `bring it up to date with: ${COMMAND}`).to.equal(fileTable(step));
      });

      it('has the tasks of step.yaml, each naming its file', () => {
        const tasks = [...lesson.text.matchAll(/^### (\d+\.\d+) (.*)\n\nFile: `(.*?)`/gm)];
        expect(tasks.map(([, id, title, file]) => ({ id, title, file }))).to.deep.equal(
          step.tasks.map(({ id, title, file }) => ({ id, title, file })),
        );
      });

      it('shows code that stands in the app, to the letter', () => {
        const excerpts = lesson.blocks.filter(({ info }) => info.startsWith('file='));
        expect(excerpts.map(({ info }) => info)).to.include.members(
          step.tasks.map(({ file }) => `file=${file}`),
        );
        for (const { info, text, line } of excerpts) {
          const file = info.slice('file='.length);
          const source = fs.readFileSync(path.join(app, file), 'utf8');
          expect(
            occursIn(source, text),
            `README.md:${line} shows what ${file} does not have:\n${text}`,
          ).to.equal(true);
        }
        const languages = lesson.blocks.filter(({ info }) => info === '').map(({ language }) => language);
        expect(languages, 'code that nothing is checked against').not.to.include.members([
          'ts',
          'yaml',
          'pug',
        ]);
      });

      it('asks the questions of step.yaml', () => {
        expect(questionsIn(lesson.text)?.trimEnd(), `bring them up to date with: ${ASK}`).to.equal(
          questionSection(step).trimEnd(),
        );
      });
    });
  }

  it('and the page on architecture has the picture of its diagram beside it', () => {
    expectPictures(ARCHITECTURE);
  });

  it('and the documents link only to files that exist', () => {
    const documents = [
      path.join(ROOT, 'README.md'),
      ...listSteps().map(({ folder: step }) => path.join(step, 'README.md')),
      ...fs
        .readdirSync(path.join(ROOT, 'docs'))
        .filter((name) => name.endsWith('.md'))
        .map((name) => path.join(ROOT, 'docs', name)),
    ];
    for (const document of documents) {
      const text = fs.readFileSync(document, 'utf8');
      for (const [, link = ''] of text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)) {
        const target = path.resolve(path.dirname(document), link);
        expect(fs.existsSync(target), `${document} links to ${link}`).to.equal(true);
      }
      expect(fencedBlocks(text, document), document).to.be.an('array');
    }
  });
});

function expectPictures(page: string): void {
  const pictures = drawn(page);
  expect(pictures.size, page).to.be.greaterThan(0);
  for (const [file, svg] of pictures) {
    const picture = fs.readFileSync(path.join(path.dirname(page), file), 'utf8');
    expect(picture, `bring ${file} up to date with: ${DRAW}`).to.equal(svg);
  }
}

describe('the test of an excerpt', () => {
  const source = 'function a() {\n  if (b) {\n    c();\n  }\n}\n';

  it('finds whole lines at any depth', () => {
    for (const excerpt of ['if (b) {\n  c();\n}', '      if (b) {\n        c();\n      }\n', 'c();'])
      expect(occursIn(source, excerpt), excerpt).to.equal(true);
  });

  it('does not find what differs in a letter, in its inner depth, or leaves a line out', () => {
    for (const excerpt of ['if (b) {\n  d();\n}', 'if (b) {\nc();\n}', 'if (b) {\n}', '(b) {'])
      expect(occursIn(source, excerpt), excerpt).to.equal(false);
  });
});
