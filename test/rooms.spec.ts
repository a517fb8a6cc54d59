import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../shared/lib/places';
import { listSteps } from '../shared/steps/layers';
import { circleIn, importsWithin } from './support/imports';

const read = (file: string) => fs.readFileSync(path.join(ROOT, file), 'utf8');
const foldersIn = (folder: string): string[] =>
  fs
    .readdirSync(path.join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
/** Files of a folder and of all below it, relative to it. */
const filesIn = (folder: string): string[] =>
  fs
    .readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(path.join(ROOT, folder), path.join(entry.parentPath, entry.name)));

/** Their links are tested with those of the lessons. */
const PAGES = ['docs/architecture.md', 'docs/contributing.md'];
const ARCHITECTURE = read('docs/architecture.md');
/** The table of rooms: the floor of each, counted from the bottom. */
const FLOORS = new Map(
  [...ARCHITECTURE.matchAll(/^\| `shared\/([\w-]+)\/` +\| (\d) /gm)].map(([, room = '', floor]) => [
    room,
    Number(floor),
  ]),
);
const roomOf = (file: string) => file.split('/', 1)[0] ?? '';
const floorOf = (file: string) => FLOORS.get(roomOf(file)) ?? Number.NaN;

describe('the rooms of the repository', () => {
  const imports = importsWithin(path.join(ROOT, 'shared'));

  it('are the folders of shared/, each on one of at most six floors', () => {
    expect([...FLOORS.keys()].sort()).to.deep.equal(foldersIn('shared').sort());
    expect(Math.max(...FLOORS.values())).to.be.at.most(6);
  });

  it('import from lower floors only', () => {
    const wrong = [...imports].flatMap(([file, imported]) =>
      imported
        .filter((other) => roomOf(other) !== roomOf(file) && !(floorOf(other) < floorOf(file)))
        .map((other) => `${file} imports ${other}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('have no circle of files', () => {
    expect(circleIn(imports)).to.equal(undefined);
  });

  it('have their tests in folders of the same names; other test folders are listed', () => {
    const listed = [...ARCHITECTURE.matchAll(/^\| `test\/([\w-]+)\/` +\|/gm)].map(([, name = '']) => name);
    const folders = foldersIn('test');
    expect([...FLOORS.keys()].filter((room) => !folders.includes(room))).to.deep.equal([]);
    expect(folders.filter((name) => !FLOORS.has(name)).sort()).to.deep.equal(listed.sort());
  });

  it('are not imported by the app, which uses npm packages and its own files only', () => {
    for (const { folder } of listSteps()) {
      const app = path.join(folder, 'app');
      for (const [file, imported] of importsWithin(app))
        expect(
          imported.filter((other) => other.startsWith('..')),
          file,
        ).to.deep.equal([]);
    }
  });
});

describe('the pages for contributors', () => {
  it('say what each file in the work folder is', () => {
    const written = filesIn('shared').flatMap((file) =>
      /\.[jt]s$/.test(file)
        ? [...read(`shared/${file}`).matchAll(/workFolder\(\),\s+'([^']+)'/g)].map(([, name]) => name)
        : [],
    );
    expect(written).to.include('tenant');
    for (const name of new Set(written)) expect(ARCHITECTURE).to.match(new RegExp(`^\\| \`${name}`, 'm'));
  });

  it('say where to change what: each path is there, also in each step', () => {
    const contributing = read('docs/contributing.md');
    const [, table = ''] = contributing.split('\n## Where to change what\n');
    const rows = [...(table.split('\n## ')[0] ?? '').matchAll(/^\| [^|]+ \|([^|]+)\|/gm)].slice(1);
    expect(rows.length).to.be.above(8);
    for (const [, places = ''] of rows.slice(1)) {
      let first = '';
      for (const [, place = ''] of places.matchAll(/`([^`]+)`/g)) {
        // Later ones of a row are inside the first one, or beside it.
        const isWhole = /^(shared|steps|test)\//.test(place);
        if (isWhole) first = place;
        const names = isWhole ? [place] : [path.join(first, place), path.join(path.dirname(first), place)];
        const all = names.flatMap((name) =>
          name.includes('NN-name') ? listSteps().map((step) => name.replace('NN-name', step.name)) : [],
        );
        const found = [...all, ...names].filter((name) => fs.existsSync(path.join(ROOT, name)));
        const least = place.includes('NN-name') || first.includes('NN-name') ? listSteps().length : 1;
        expect(found.length, place).to.be.at.least(least);
      }
    }
  });

  for (const page of PAGES) {
    it(`${page} names files and folders that exist`, () => {
      const named = [...read(page).matchAll(/`((?:shared|test)\/[\w./-]+)`/g)].map(([, name = '']) => name);
      expect(named.filter((name) => !fs.existsSync(path.join(ROOT, name)))).to.deep.equal([]);
    });

    it(`${page} names npm scripts and specs that exist`, () => {
      const scripts = Object.keys(JSON.parse(read('package.json')).scripts);
      const named = [...read(page).matchAll(/npm run (?:-s )?([a-z]+)/g)].map(([, name = '']) => name);
      expect(named.filter((name) => !scripts.includes(name))).to.deep.equal([]);
      const specs = [...read(page).matchAll(/(?<![*.\w/-])([\w-]+(?:\.[\w-]+)*\.spec\.ts)/g)].map(
        ([, name = '']) => name,
      );
      const all = filesIn('test').map((file) => path.basename(file));
      expect(specs.filter((name) => !/^NAME/.test(name) && !all.includes(name))).to.deep.equal([]);
    });

    it(`${page} has lines of at most 120 characters`, () => {
      const long = read(page)
        .split('\n')
        .filter((line) => line.length > 120 && !line.startsWith('|'));
      expect(long).to.deep.equal([]);
    });
  }
});
