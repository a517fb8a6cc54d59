import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import Database from 'libsql';
import { REGISTER } from '../../shared/lib/places';
import { appFolder, removeApps } from '../support/app-in-process';
import { until } from '../support/until';
import { temporaryFolder } from '../support/workshop';
import { asPromises, load, openStore, STEP, sessionFor } from './layer';
import { countUp } from './writer';

const SQLITE = /^SQLite format 3/;

describe('the embedded store of the app after step 07', () => {
  const { now } = Date;
  let folder: string;
  let remove: () => void;
  let file: string;
  const children: ChildProcess[] = [];
  beforeEach(() => {
    ({ folder, remove } = temporaryFolder());
    file = path.join(folder, 'data', 'store.db');
  });
  afterEach(async () => {
    Date.now = now;
    for (const child of children.splice(0))
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        await gone;
      }
    remove();
  });
  after(removeApps);
  const open = () => openStore({ url: `file:${file}` });

  /** Another process with the store open. */
  const startWriter = (count: number) => startScript('writer.ts', file, String(count));

  /** Another process of the app, once it is ready. */
  async function startScript(name: string, ...args: string[]) {
    const script = path.join(__dirname, name);
    const child = spawn(process.execPath, ['-r', REGISTER, script, appFolder(STEP), ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.push(child);
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    await until(() => lines.includes('ready'));
    return { child, lines };
  }

  it('has what another connection stored after that one is gone', async () => {
    const before = open();
    await before.tokens.put('a', { version: 3, jwe: 'stored' });
    await asPromises(before.sessions).set('a', sessionFor(60_000, { user: { sub: 'user|1' } }));
    await before.locks.acquire('a', 'ann', 60_000);
    const after = open();
    expect(await after.tokens.get('a')).to.deep.equal({ version: 3, jwe: 'stored' });
    expect((await asPromises(after.sessions).get('a'))?.user).to.deep.equal({ sub: 'user|1' });
    expect(await after.locks.isHeld('a')).to.equal(true);
  });

  it('is shared by two processes at once, and after SIGKILL of one has all that it had stored', async () => {
    const counts = 300;
    const here = open();
    await here.tokens.put('counter', { version: 0, jwe: 'counted' });
    const { child, lines } = await startWriter(counts);
    child.stdin?.write('go\n');
    // Both write at the same time: this one waits in between, so that the other one has its turn.
    for (let i = 0; i < counts; i++) {
      await countUp(here.tokens, 1);
      if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => lines.includes('counted'));
    expect((await here.tokens.get('counter'))?.version).to.equal(2 * counts);
    const stored = () => lines.filter((line) => /^\d+$/.test(line)).length;
    await until(() => stored() > 50);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(stored()).to.be.above(50);
    const { tokens, sessions } = open();
    for (let i = 0; i < stored(); i++) {
      expect(await tokens.get(`tokens ${i}`), `tokens ${i}`).to.deep.equal({ version: 1, jwe: String(i) });
      expect((await asPromises(sessions).get(`session ${i}`))?.user).to.deep.equal({ sub: String(i) });
    }
  });

  it('makes its folder and its files so that only this user can read them', async function () {
    if (process.platform === 'win32') this.skip();
    const { tokens } = open();
    await tokens.put('a', { version: 1, jwe: 'stored' });
    const modeOf = (name: string) => (fs.statSync(name).mode & 0o777).toString(8);
    expect(modeOf(path.dirname(file))).to.equal('700');
    const names = fs.readdirSync(path.dirname(file));
    expect(names).to.include.members(['store.db', 'store.db-wal']);
    for (const name of names) expect(modeOf(path.join(path.dirname(file), name)), name).to.equal('600');
  });

  it('has one schema when several connections make its file', async () => {
    const opened = Array.from({ length: 5 }, open);
    await opened[0]?.tokens.put('a', { version: 1, jwe: 'stored' });
    expect(await opened[4]?.tokens.get('a')).to.be.ok;
  });

  it('is opened by six processes that make its file at the same moment', async () => {
    const openers = await Promise.all(Array.from({ length: 6 }, () => startScript('opener.ts')));
    const rounds = ['first', 'second', 'third'];
    for (const [i, round] of rounds.entries()) {
      const name = path.join(folder, round, 'store.db');
      for (const { child } of openers) child.stdin?.write(`${name}\n`);
      await until(() => openers.every(({ lines }) => lines.length === i + 2));
      const { tokens } = openStore({ url: `file:${name}` });
      for (const { child } of openers) expect(await tokens.get(String(child.pid)), round).to.be.ok;
    }
    for (const { lines } of openers) expect(lines).to.deep.equal(['ready', ...rounds.map(() => 'open')]);
  });

  describe('that cannot be opened stops the start with a message of its own:', () => {
    const { SettingsError } = load<{ SettingsError: new () => Error }>('config');
    const refused: Record<string, () => string> = {
      'a file that is no database': () => {
        fs.writeFileSync(path.join(folder, 'notes.txt'), 'no database at all\n'.repeat(100));
        return path.join(folder, 'notes.txt');
      },
      'a folder': () => folder,
      'a folder that cannot be made, since a file has its name': () => {
        fs.writeFileSync(path.join(folder, 'taken'), '');
        return path.join(folder, 'taken', 'store.db');
      },
      'a database that is damaged': () => {
        const damaged = path.join(folder, 'damaged.db');
        openStore({ url: `file:${damaged}` });
        const bytes = fs.readFileSync(damaged);
        expect(bytes.toString('latin1')).to.match(SQLITE);
        fs.rmSync(`${damaged}-wal`);
        fs.rmSync(`${damaged}-shm`);
        fs.writeFileSync(damaged, Buffer.concat([bytes.subarray(0, 100), Buffer.alloc(8000, 1)]));
        return damaged;
      },
    };
    for (const [what, make] of Object.entries(refused))
      it(what, () => {
        const name = make();
        const start = () => openStore({ url: `file:${name}` });
        expect(start).to.throw(SettingsError, `The app cannot open the store ${name} (STORE_URL): `);
        expect(start).to.not.throw(/\n/);
      });

    it('and the app ends with it, without a stack trace', async () => {
      fs.writeFileSync(path.join(folder, 'notes.txt'), 'no database at all\n'.repeat(100));
      const { NODE_OPTIONS: _, ...env } = process.env;
      const child = spawn(process.execPath, ['-r', REGISTER, path.join(appFolder(STEP), 'server.ts')], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...env,
          PORT: '0',
          ISSUER_BASE_URL: 'http://localhost:1/',
          CLIENT_ID: 'app',
          CLIENT_SECRET: 'secret',
          SESSION_SECRET: 'x'.repeat(32),
          API_URL: 'http://localhost:1/',
          STORE_URL: `file:${path.join(folder, 'notes.txt')}`,
          STORE_KEYS: '7'.repeat(64),
        },
      });
      children.push(child);
      let words = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (text) => {
          words += text;
        });
      const [code] = await once(child, 'close');
      expect(code).to.equal(1);
      expect(words).to.match(
        /^The app cannot open the store \S+notes\.txt \(STORE_URL\): file is not a database\n$/,
      );
    });
  });

  it('forgets 10,000 sessions, their tokens and locks when they have ended, and its file does not grow for ever', async () => {
    const { sessions, tokens, locks } = open();
    const reader = new Database(file);
    const rows = () => (reader.prepare('SELECT count(*) AS n FROM records').get() as { n: number }).n;
    const pages = () => (reader.prepare('PRAGMA page_count').get() as { page_count: number }).page_count;
    const fill = async (count: number) => {
      const all = asPromises(sessions);
      const session = sessionFor(60_000, { user: { sub: 'user|1' } });
      await Promise.all(Array.from({ length: count }, (_, i) => all.set(`${Date.now()} ${i}`, session)));
    };
    let ahead = 0;
    Date.now = () => now() + ahead;
    await fill(10_000);
    await tokens.put('a', { version: 1, jwe: 'stored' });
    await locks.acquire('a', 'ann', 1000);
    expect(rows()).to.equal(10_002);
    const most = pages();
    for (let round = 0; round < 2; round++) {
      ahead += 2 * 3600_000;
      // The next write finds them.
      await asPromises(sessions).set('alive', sessionFor(60_000));
      expect(rows()).to.equal(1);
      await fill(2000);
    }
    expect(pages()).to.be.at.most(most);
    reader.close();
  });
});
