import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { watchSaves } from '../../shared/workshop/saves';
import { appFolders } from '../support/check';
import { type Command, command } from '../support/command';
import { temporaryFolder } from '../support/workshop';

describe('the saves of an app', () => {
  it('are seen also when one follows another at once, as when an editor formats what it has saved', async () => {
    const { folder, remove } = temporaryFolder();
    const file = path.join(folder, 'auth.ts');
    fs.writeFileSync(file, '1');
    let next = () => {};
    const saves = watchSaves(
      folder,
      () => next(),
      (error) => expect.fail(error.message),
    );
    const save = (text: string) =>
      new Promise<void>((resolve) => {
        next = resolve;
        fs.writeFileSync(file, text);
      });
    try {
      await saves.ready;
      for (const text of ['22', '333', '4444']) await save(text);
    } finally {
      await saves.close();
      remove();
    }
  });
});

describe('npm run workshop watch', () => {
  const folders = appFolders();
  let folder: string;
  let watch: Command;
  let read = 0;
  let first: string;

  before(async () => {
    folder = folders.make(2);
    watch = command('shared/workshop/main.ts', ['watch', '2', '--app', folder]);
    first = await round(/All \d+ checks of step 02 passed/);
  });
  after(async () => {
    await watch?.stop('SIGKILL');
    folders.remove();
  });

  /** Waits for words that come after those that were read before; returns what was written until then. */
  async function round(words: RegExp): Promise<string> {
    for (;;) {
      const text = watch.stdout().slice(read);
      const found = words.exec(text);
      if (found) {
        read += found.index + found[0].length;
        const words = text.slice(0, found.index + found[0].length);
        for (const one of words.split(/\n(?=\n\d\d:\d\d:\d\d {2})/))
          expect(one.trimEnd().split('\n').length, one).to.be.at.most(12);
        return words;
      }
      await Promise.race([
        new Promise((resolve) => watch.child.stdout?.once('data', resolve)),
        watch.ended.then(({ stdout, stderr }) => expect.fail(`it ended: ${stdout}${stderr}`)),
      ]);
    }
  }

  const edit = (file: string, from: string, to: string) => {
    const at = path.join(folder, file);
    const text = fs.readFileSync(at, 'utf8');
    expect(text).to.include(from);
    fs.writeFileSync(at, text.replace(from, to));
  };

  it('claims no save at its start', () => {
    expect(first)
      .to.match(/^\n\d\d:\d\d:\d\d {2}step 02, /)
      .and.not.include('save');
  });

  it('reports what a save broke, and what the next save fixed', async () => {
    edit('auth.ts', 'S256', 'plain');
    const broken = await round(/\d+ of \d+ checks of step 02 passed/);
    expect(broken).to.match(/auth\.ts saved\n/);
    expect(broken).to.match(/check: 2\.pkce\n +expected: .*\n +seen: .*\n +likely cause: .*\n +next: /);
    // What changed comes first, then the finding.
    expect(broken).to.match(/not ok {2}2\.1 {2}Send the user[\s\S]*check: 2\.pkce/);
    edit('auth.ts', 'plain', 'S256');
    const fixed = await round(/All \d+ checks of step 02 passed/);
    // What failed is checked first, and its task is what the verdict is of.
    expect(fixed).to.match(/saved\nTask 2\.1 is right, \d+ ms after the save\.\nok {6}2\.1 /);
  });

  it('loads a changed view and a changed module again, nothing stale', async () => {
    edit('views/profile.pug', 'user.email', 'user.nothing');
    expect(await round(/\d+ of \d+ checks of step 02 passed/)).to.include('check: 2.profile');
    edit('views/profile.pug', 'user.nothing', 'user.email');
    await round(/All \d+ checks of step 02 passed/);
  });

  it('reports an app that does not start with its file and line, once, and goes on', async () => {
    edit('app.ts', 'createApp(', 'createApp((');
    const text = await round(/0 of \d+ checks of step 02 passed/);
    expect(text)
      .to.match(/is not right yet: \d+ checks? failed/)
      .and.not.match(/\((\d+) of \1/);
    expect(text).to.match(/seen: .*, at app\.ts:\d+/);
    expect(text.match(/seen: /g)).to.have.length(1);
    edit('app.ts', 'createApp((', 'createApp(');
    await round(/All \d+ checks of step 02 passed/);
  });

  it('reports the mistakes of a changed tenant.yaml with their lines, and takes a right one', async () => {
    edit('tenant.yaml', 'app_type: regular_web', 'app_type: regular_wed');
    const text = await round(/tenant\.yaml:\d+.*/);
    const [, line] = /tenant\.yaml:(\d+)/.exec(text) ?? [];
    const source = fs.readFileSync(path.join(folder, 'tenant.yaml'), 'utf8').split('\n');
    expect(source[Number(line) - 1]).to.include('regular_wed');
    expect(text).not.to.include('call-your-api-check');
    edit('tenant.yaml', 'regular_wed', 'regular_web');
    await round(/All \d+ checks of step 02 passed/);
  });

  it('makes one run of a burst of saves', async () => {
    for (let i = 0; i < 5; i++)
      fs.appendFileSync(path.join(folder, `${['app', 'auth', 'routes'][i % 3]}.ts`), `// ${i}\n`);
    const text = await round(/All \d+ checks of step 02 passed/);
    expect(text.match(/ saved\n/g)).to.have.length(1);
  });
});
