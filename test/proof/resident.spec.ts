import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { advanceClock } from '../../shared/app-runner/ask-agent';
import { type AppProcess, startApp } from '../../shared/app-runner/start-app';
import { workFolder } from '../../shared/lib/places';
import { Resident } from '../support/resident';
import { until } from '../support/until';

const HOUR = 3_600_000;

describe('a process that runs app after app for the proofs', () => {
  const folder = path.join(workFolder(), `resident-${process.pid}`);
  let resident: Resident;
  const write = (name: string, text: string) => fs.writeFileSync(path.join(folder, name), text);

  /** Starts an app that does something first and answers each request with a value. */
  function start(
    first: string,
    answer = 'process.pid',
    env: Record<string, string> = {},
  ): Promise<AppProcess> {
    write(
      'server.ts',
      `${first}
      require('node:http').createServer(async (_req: any, res: any) => {
        res.end(JSON.stringify(${answer}) ?? 'none');
      }).listen(process.env.PORT, '127.0.0.1');`,
    );
    return startApp(folder, { env, prewarmed: resident });
  }
  const ask = async (app: AppProcess) => (await fetch(`http://127.0.0.1:${app.port}/`)).text();

  /** The process of an app that does something first, once the app has ended. */
  async function processOf(first: string, answer?: string): Promise<string> {
    const app = await start(first, answer);
    try {
      return await ask(app);
    } finally {
      await app.close();
    }
  }

  beforeEach(() => {
    fs.mkdirSync(folder, { recursive: true });
    resident = new Resident(folder, [require.resolve('express'), require.resolve('pug')]);
  });
  afterEach(() => {
    resident.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it('gives each its own files, settings, time and output', async () => {
    write('value.ts', "export const value = 'one';\nexport const fail = () => new Error('here').stack;\n");
    const answer =
      "[process.pid, require('./value').value, process.env.WORD, Date.now() > START + 1_800_000, require('./value').fail()]";
    const first = await start(`console.log('the first one'); const START = ${Date.now()};`, answer, {
      WORD: 'one',
    });
    expect(await advanceClock(first.child, HOUR)).to.equal(true);
    const [pid, ...one] = JSON.parse(await ask(first));
    await first.close();
    expect(first.output()).to.equal('the first one\n');
    expect([...one.slice(0, 3)]).to.deep.equal(['one', 'one', true]);
    expect(one[3]).to.match(/value\.ts:2:/);
    write(
      'value.ts',
      "\n\nexport const value = 'two';\nexport const fail = () => new Error('here').stack;\n",
    );
    const second = await start(`const START = ${Date.now()};`, answer);
    const [samePid, ...two] = JSON.parse(await ask(second));
    await second.close();
    expect(samePid).to.equal(pid);
    expect(two.slice(0, 3)).to.deep.equal(['two', null, false]);
    expect(two[3]).to.match(/value\.ts:4:/);
    expect(second.output()).to.equal('');
    expect(resident.seen).to.deep.equal({ started: 1, left: [] });
  });

  it('takes away what runs on: timers, servers, connections, what waits for a signal', async () => {
    const first = `
      setInterval(() => {}, 10_000);
      setTimeout(() => process.exit(1), 60_000);
      process.once('SIGTERM', () => {});
      const other = require('node:http').createServer((_req: any, res: any) => res.end());
      const asked = new Promise((resolve) =>
        other.listen(0, '127.0.0.1', () => resolve(fetch('http://127.0.0.1:' + other.address().port))));`;
    const pid = await processOf(first, '(await asked, process.pid)');
    expect(await processOf('')).to.equal(pid);
    expect(resident.seen).to.deep.equal({ started: 1, left: [] });
  });

  const LEFT: [string, string, RegExp][] = [
    ['a global', '(globalThis as any).leftover = 1;', /globalThis\.leftover/],
    ['a method of all arrays', '(Array.prototype as any).last = () => 1;', /Array\.prototype\.last/],
    ['a changed function of Node.js', "require('node:http').get = () => {};", /http.*\.get/],
    ['a changed package', "require('express').response.send = () => {};", /express.*\.response\.send/],
    ['a setting', "process.env.HOME = 'elsewhere';", /the setting HOME/],
    ['a listener of the process', "process.on('uncaughtException', () => {});", /uncaughtException/],
    ['another folder', "process.chdir('..');", /cwd/],
    ['an open socket', "require('node:dgram').createSocket('udp4').bind(0, '127.0.0.1');", /open: UDP/],
  ];
  for (const [title, code, reported] of LEFT)
    it(`is not used again when ${title} is left behind`, async () => {
      const pid = await processOf(code);
      expect(resident.seen.left.join('\n')).to.match(reported);
      expect(await processOf('')).to.not.equal(pid);
      expect(resident.seen.started).to.equal(2);
    });

  it('is followed by another one when an app ends it or runs an infinite loop', async () => {
    const reported = await start("throw new TypeError('no');").catch((error: Error) => error);
    expect(String(reported)).to.match(/TypeError: no/);
    const circle = "(() => { require('node:fs').writeFileSync('begun', ''); for (;;); })()";
    const app = await start('', circle);
    void ask(app).catch(() => {});
    await until(() => fs.existsSync(path.join(folder, 'begun')));
    await app.close();
    expect(await processOf('')).to.match(/^\d+$/);
    expect(resident.seen.started).to.equal(3);
  });
});
