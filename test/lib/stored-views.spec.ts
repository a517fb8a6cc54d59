import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { REGISTER, workFolder } from '../../shared/lib/places';

/** What views become, or the error of one, and whether their process loaded pug's compiler. */
interface Run {
  rendered: string[];
  compiled: boolean;
}

const PUG = require.resolve('pug');
const SCRIPT = `
  const [, pug, text, folder] = process.argv;
  const render = ({ file, options }) => {
    try {
      return require(pug).renderFile(folder + file, { word: 'now', ...eval(options) });
    } catch (error) {
      return error.message;
    }
  };
  const rendered = JSON.parse(text).map(render);
  const compiled = Object.keys(require.cache).some((file) => /node_modules.pug-lexer.index.js$/.test(file));
  process.stdout.write(JSON.stringify({ rendered, compiled }));
`;

describe('the store of compiled views', () => {
  const folder = path.join(workFolder(), `stored-views-${process.pid}`);
  const store = path.join(folder, 'store');
  const write = (name: string, text: string, app = 'app') => {
    const file = path.join(folder, app, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  };

  /** Renders views in a process of its own, which has the store of this test; options are an expression. */
  function render(files: readonly (string | { file: string; options: string })[], app = 'app'): Run {
    const asked = files.map((one) => (typeof one === 'string' ? { file: one, options: '({})' } : one));
    const at = path.join(folder, app);
    const args = ['-r', REGISTER, '-e', SCRIPT, PUG, JSON.stringify(asked), at + path.sep];
    const env = { ...process.env, WORKSHOP_COMPILED: store };
    return JSON.parse(execFileSync(process.execPath, args, { cwd: at, env, encoding: 'utf8' }));
  }

  beforeEach(() => {
    write('layout.pug', 'main\n  block content\n');
    write('page.pug', 'extends layout\nblock content\n  include parts/nav\n  p= word\n');
    write('parts/nav.pug', 'nav one\n');
    write('parts/style.css', 'p {}');
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('serves a view that was compiled before without loading pug’s compiler', () => {
    const rendered = ['<main><nav>one</nav><p>now</p></main>'];
    expect(render(['page.pug'])).to.deep.equal({ rendered, compiled: true });
    expect(render(['page.pug'])).to.deep.equal({ rendered, compiled: false });
  });

  it('never serves a view as it was: neither its own text nor that of a file that it extends or includes', () => {
    write(
      'page.pug',
      'extends layout\nblock content\n  include parts/nav\n  style\n    include parts/style.css\n',
    );
    const nav = (css = 'p {}', words = 'one', tag = 'main') =>
      `<${tag}><nav>${words}</nav><style>${css}</style></${tag}>`;
    expect(render(['page.pug']).rendered).to.deep.equal([nav()]);
    for (const [file, text, expected] of [
      ['parts/style.css', 'q {}', nav('q {}')],
      ['parts/nav.pug', 'nav two\n', nav('q {}', 'two')],
      ['layout.pug', 'body\n  block content\n', nav('q {}', 'two', 'body')],
      ['page.pug', 'extends layout\nblock content\n  p other\n', '<body><p>other</p></body>'],
    ] as const) {
      const { atime, mtime } = fs.statSync(path.join(folder, 'app', file));
      write(file, text);
      fs.utimesSync(path.join(folder, 'app', file), atime, mtime);
      expect(render(['page.pug']), file).to.deep.equal({ rendered: [expected], compiled: true });
      expect(render(['page.pug']), file).to.deep.equal({ rendered: [expected], compiled: false });
    }
    fs.rmSync(path.join(folder, 'app', 'layout.pug'));
    expect(render(['page.pug']).rendered[0]).to.match(/ENOENT.*layout\.pug/);
  });

  it('never serves a view as it was within one process either', () => {
    const change = `(require('node:fs').writeFileSync('parts/nav.pug', 'nav two'), {})`;
    expect(render(['page.pug', { file: 'page.pug', options: change }, 'page.pug']).rendered).to.deep.equal([
      '<main><nav>one</nav><p>now</p></main>',
      '<main><nav>two</nav><p>now</p></main>',
      '<main><nav>two</nav><p>now</p></main>',
    ]);
  });

  it('stores a view separately for each set of options, and stores nothing that a filter makes', () => {
    const asked = [
      'page.pug',
      { file: 'page.pug', options: '({ doctype: "xml", pretty: true })' },
      { file: 'page.pug', options: '({ filters: { loud: (text) => text.toUpperCase() } })' },
    ];
    const first = render(asked);
    expect(first.rendered[1]).to.not.equal(first.rendered[0]);
    write('loud.pug', 'p\n  :loud\n    word\n');
    const loud = (sign: string) => ({
      file: 'loud.pug',
      options: `({ filters: { loud: (text) => text + '${sign}' } })`,
    });
    expect(render([loud('!'), loud('?')]).rendered).to.deep.equal(['<p>word!</p>', '<p>word?</p>']);
    expect(render(asked.slice(0, 2))).to.deep.equal({
      rendered: first.rendered.slice(0, 2),
      compiled: false,
    });
  });

  it('serves a view wherever it is, and names its own file and line in an error', () => {
    const views = ['page.pug', 'wrong.pug'];
    write('wrong.pug', 'p one\np= word.no.such\n');
    const here = render(views);
    fs.cpSync(path.join(folder, 'app'), path.join(folder, 'other'), { recursive: true });
    const there = render(views, 'other');
    expect(there.compiled).to.equal(false);
    expect(here.rendered[1]).to.include(
      `${path.join(folder, 'app', 'wrong.pug')}:2\n    1| p one\n  > 2| p=`,
    );
    expect(there.rendered).to.deep.equal([
      here.rendered[0],
      here.rendered[1]?.replaceAll(path.join(folder, 'app'), path.join(folder, 'other')),
    ]);
  });

  it('leaves a view its own words, also those that name its folder', () => {
    const words = path.join(folder, 'app', 'note.txt');
    write('words.pug', `p= ${JSON.stringify(words)}\n`);
    write('words.pug', `p= ${JSON.stringify(words)}\n`, 'other');
    for (const app of ['app', 'other', 'app'])
      expect(render(['words.pug'], app).rendered).to.deep.equal([`<p>${words}</p>`]);
  });

  it('reports a mistake in a view each time, with its file and line', () => {
    write('page.pug', 'p(\n');
    for (let i = 0; i < 2; i++) {
      const { rendered, compiled } = render(['page.pug']);
      expect(rendered[0]).to.include(`${path.join(folder, 'app', 'page.pug')}:2:1`);
      expect(compiled).to.equal(true);
    }
  });

  it('compiles again what is damaged or cut off in it, and costs nothing but time where it cannot be written', () => {
    const whole = render(['page.pug']);
    for (const entry of fs.readdirSync(store, { withFileTypes: true }).filter((one) => one.isFile())) {
      const file = path.join(store, entry.name);
      const text = fs.readFileSync(file, 'utf8');
      if (text.includes('nav')) fs.writeFileSync(file, text.slice(0, -5));
    }
    expect(render(['page.pug'])).to.deep.equal(whole);
    expect(render(['page.pug']).compiled).to.equal(false);
    fs.rmSync(store, { recursive: true });
    fs.writeFileSync(store, 'a file where the folder should be');
    expect(render(['page.pug'])).to.deep.equal(whole);
  });
});
