import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { Browser } from '../../shared/browser';
import { Recorder } from '../../shared/recorder';
import { maskMessages } from '../../shared/recorder/masks';
import type { Recording } from '../../shared/recorder/record';
import { materialise, ROOT } from '../../shared/steps/layers';
import type { Ended } from '../support/command';
import { inProcess } from '../support/in-process';
import { ANN } from '../support/workshop';

const WORK = path.join(ROOT, '.workshop', `test-flow-${process.pid}`);
const RECORDED = path.join(WORK, 'flow.json');

const workshop = (...args: string[]): Promise<Ended> =>
  inProcess('shared/workshop/main.ts', args, { env: { WORKSHOP_DIR: WORK, MY_APP: path.join(WORK, 'none') } })
    .ended;

describe('flow: the messages of the last check', () => {
  before(async () => {
    const app = path.join(WORK, 'app');
    fs.mkdirSync(WORK, { recursive: true });
    materialise(2, app);
    const { code, stderr } = await workshop('check', '2', '--json', '--app', app);
    expect(code, stderr).to.equal(0);
  });
  after(() => fs.rmSync(WORK, { recursive: true, force: true }));

  it('keeps no secret on disk, in a file of the user alone', () => {
    const text = fs.readFileSync(RECORDED, 'utf8');
    if (process.platform !== 'win32') expect(fs.statSync(RECORDED).mode & 0o777).to.equal(0o600);
    expect(text).to.include('/oauth/token');
    expect(text).to.include(ANN.email);
    expect(text).to.not.include(ANN.password);
    expect(text).to.not.include(encodeURIComponent(ANN.password));
    expect(text).to.not.match(/eyJ[\w-]{8,}\.[\w-]{8,}/);
    const { messages } = JSON.parse(text) as Recording;
    for (const [name, seen] of [
      ['code', messages.map(({ url }) => new URL(url).searchParams.get('code'))],
      [
        'code_verifier',
        messages.map(({ requestBody }) => new URLSearchParams(requestBody).get('code_verifier')),
      ],
    ] as const) {
      const values = seen.filter((value) => value !== null);
      expect(values, name).to.not.have.length(0);
      for (const value of values) expect(value, name).to.match(/^.{4}… \(\d+ characters\)$/);
    }
  });

  it('draws a login that fits in 100 columns, with the numbers by which a message is shown whole', async () => {
    const { code, stdout } = await workshop('flow', '--diagram');
    expect(code).to.equal(0);
    for (const part of [/Browser.*App.*Tenant/, /GET \/login/, /GET \/authorize/, /GET \/callback/])
      expect(stdout).to.match(part);
    expect(stdout).to.match(/200 access_token, id_token/);
    for (const line of stdout.split('\n')) expect(line.length, line).to.be.at.most(100);

    // What the app asks the tenant before it answers the browser stands in between.
    expect(stdout).to.match(/(\d+) GET \/callback[\s\S]*POST \/oauth\/token[\s\S]*303 to \S+, answers \1\b/);

    const number = /(\d+) POST \/oauth\/token/.exec(stdout)?.[1] ?? '';
    const whole = await workshop('flow', number);
    expect(whole.code).to.equal(0);
    expect(whole.stdout).to.match(new RegExp(`^Message ${number}: app to tenant`));
    for (const part of [/grant_type +=? *authorization_code/, /code_verifier = .{4}…/, /200 OK after \d+ ms/])
      expect(whole.stdout).to.match(part);
    expect(whole.stdout).to.match(/"access_token": ".{4}… \(\d+ characters\)"/);
  });

  it('prints a list where the output is no terminal, mermaid text and JSON where asked', async () => {
    const [plain, mermaid, json] = await Promise.all([
      workshop('flow'),
      workshop('flow', '--mermaid'),
      workshop('flow', '--json', '--all'),
    ]);
    expect(plain.stdout)
      .to.match(/^ *\d+ {2}Browser -> App +GET \/login/m)
      .and.not.include('│');
    expect(mermaid.stdout).to.match(/^sequenceDiagram\n {2}participant browser as Browser\n/);
    expect(mermaid.stdout).to.match(/ {2}app->>tenant: \d+ POST \/oauth\/token authorization_code\n/);
    const { messages } = JSON.parse(json.stdout) as { messages: { n: number; from: string }[] };
    const recorded = JSON.parse(fs.readFileSync(RECORDED, 'utf8')) as Recording;
    expect(messages.map(({ n }) => n)).to.deep.equal(recorded.messages.map((_, i) => i + 1));
  });

  it('shows what was sent for one check, and first of all for one that failed', async () => {
    const recorded = JSON.parse(fs.readFileSync(RECORDED, 'utf8')) as Recording;
    const last = recorded.messages.at(-1)?.check ?? '';
    const { code, stdout } = await workshop('flow', '--check', last, '--json');
    expect(code).to.equal(0);
    const { messages } = JSON.parse(stdout) as { messages: Recording['messages'] };
    expect(messages).to.have.length(recorded.messages.filter(({ check }) => check === last).length);

    const checks = recorded.checks.map(({ id }) => ({ id, passed: id !== last }));
    fs.writeFileSync(RECORDED, JSON.stringify({ ...recorded, checks }));
    try {
      expect((await workshop('flow')).stdout).to.include(`check ${last}, which did not pass`);
    } finally {
      fs.writeFileSync(RECORDED, JSON.stringify(recorded));
    }
  });

  it('says what was wrong when it is used wrongly: exit code 2', async () => {
    const empty = inProcess('shared/workshop/main.ts', ['flow'], {
      env: { WORKSHOP_DIR: path.join(WORK, 'empty') },
    });
    const [bad, far, check, option, nothing] = await Promise.all([
      workshop('flow', 'twelve'),
      workshop('flow', '9999'),
      workshop('flow', '--check', 'no-such'),
      workshop('flow', '--wrong'),
      empty.ended,
    ]);
    expect(bad.stderr).to.include('"twelve" is none');
    expect(far.stderr).to.match(/no message 9999: the recording has \d+/);
    expect(check.stderr).to.match(/no check "no-such".*\n( {2}\S+\n)+/);
    expect(option.stderr).to.include('--wrong');
    expect(nothing.stderr).to.include('Nothing was recorded yet');
    for (const { code } of [bad, far, check, option, nothing]) expect(code).to.equal(2);
  });
});

describe('flow: the messages of a login by hand', () => {
  after(() => fs.rmSync(WORK, { recursive: true, force: true }));

  it('is stored while npm start runs, including the messages between browser and app', async () => {
    const ports = ['--guide-port', '0', '--tenant-port', '0', '--api-port', '0', '--app-port', '0'];
    const running = inProcess('shared/guide/main.ts', [...ports, '--env', path.join(WORK, 'env')], {
      env: { WORKSHOP_DIR: WORK },
    });
    const browser = new Browser();
    try {
      await running.until(/Ctrl-C[\s\S]*\n\n/);
      const app = /^ {2}App +(\S+)/m.exec(running.stdout())?.[1] ?? '';
      const page = await browser.logIn(await browser.get(`${app}/login?returnTo=/appointments`), ANN);
      expect(page.status).to.equal(200);
      while (!fs.existsSync(RECORDED)) await delay(50);
    } finally {
      browser.close();
      await running.stop();
    }
    const { code, stdout } = await workshop('flow');
    expect(code).to.equal(0);
    expect(stdout).to.match(
      /^The messages of npm start, [\d:]+: one login\.\n\n *\d+ {2}Browser -> App [12] +GET \/login/,
    );
    expect(stdout).to.match(/App [12] -> Tenant +POST \/oauth\/token.*200 access_token/);
    expect(stdout).to.match(/App [12] -> API +GET \/appointments +200/);
    expect(stdout).to.match(
      /Browser -> App ([12]) +GET \/callback\?… +303 to \/appointments\n.*App \1 -> Tenant/,
    );
    expect(stdout).to.not.include('was not seen');
    const text = fs.readFileSync(RECORDED, 'utf8');
    for (const number of [1, 2]) expect(text).to.include(`"process":${number}`);
    expect(text)
      .to.not.include(ANN.password)
      .and.not.match(/eyJ[\w-]{8,}\.[\w-]{8,}/);
    if (process.platform !== 'win32') expect(fs.statSync(RECORDED).mode & 0o777).to.equal(0o600);
  });
});

describe('what is secret in a recording', () => {
  it('is masked in each place where it may stand, and wherever else it appears', () => {
    const secrets = {
      code: 'c0de-c0de-c0de-c0de-c0de',
      client_secret: 'cl1ent-secret-of-43-characters',
      access_token: 'opaque_access_token_of_some_length',
      cookie: 'sess10n-identifier-0123456789',
      password: 'Correct horse!',
      jwt: 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
    };
    const recorder = new Recorder();
    const { code, client_secret, access_token, cookie, password, jwt } = secrets;
    recorder.add({
      from: 'browser',
      to: 'app',
      method: 'GET',
      url: new URL(`http://localhost/callback?code=${code}&state=abc#id_token=${jwt}`),
      requestHeaders: { cookie: `sid=${cookie}`, referer: `http://localhost/?code=${code}` },
      responseHeaders: {
        'set-cookie': [`sid=${cookie}; HttpOnly`],
        location: `/next?accessToken=${access_token}`,
      },
      responseBody: `<p>${access_token} ${jwt} ${password}</p>`,
    });
    recorder.add({
      from: 'app',
      to: 'tenant',
      method: 'POST',
      url: new URL('http://localhost/oauth/token'),
      requestHeaders: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from(`web:${client_secret}`).toString('base64')}`,
      },
      requestBody: new URLSearchParams({ code, client_secret, password, grant_type: 'x' }).toString(),
      responseHeaders: { 'content-type': 'application/json' },
      responseBody: JSON.stringify({ nested: [{ access_token }], token_type: 'Bearer' }),
    });
    // Cut off, as a large answer is: it is no JSON any more.
    recorder.add({
      from: 'app',
      to: 'api',
      method: 'GET',
      url: new URL('http://localhost/'),
      responseBody: `{"client_secret":"another-client-secret-0001","x":`,
    });
    const shown = JSON.stringify(maskMessages(recorder.messages));
    for (const [name, value] of Object.entries(secrets)) expect(shown, name).to.not.include(value);
    expect(shown).to.not.include(new URLSearchParams({ password }).toString());
    expect(shown).to.not.include('another-client-secret-0001');
    for (const stored of [
      'state=abc',
      'grant_type=x',
      'Bearer',
      'Basic web:cl1e…',
      'sid=sess… (29 characters)',
    ])
      expect(shown).to.include(stored);
  });
});
