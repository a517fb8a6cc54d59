import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { parse } from 'node-html-parser';
import { type RunningGuide, startGuide } from '../../shared/guide';
import type { Guide } from '../../shared/guide/guide';
import { Hub } from '../../shared/guide/hub';
import { LiveChecks } from '../../shared/guide/live-checks';
import { html } from '../../shared/guide/view';
import { wirePanel } from '../../shared/guide/wire/panel';
import { Wire } from '../../shared/guide/wire/wire';
import { Recorder } from '../../shared/recorder';
import { type Signer, startSigner } from '../support/signer';
import { temporaryFolder } from '../support/workshop';
import { APP, type Parts, playLogin, type Secrets } from './sample-messages';

describe('the wire', function () {
  this.timeout(20_000);
  const { folder, remove } = temporaryFolder();
  const file = path.join(folder, 'wire.jsonl');
  let signer: Signer;
  let guide: RunningGuide;
  let parts: Guide;
  let recorder: Recorder;
  before(async () => {
    signer = await startSigner('https://api.example');
  });
  after(async () => {
    await signer.close();
    remove();
  });
  beforeEach(async () => {
    const wire = new Wire({ file, whole: 2000 });
    recorder = new Recorder({ onChange: (message) => wire.add(message) });
    parts = {
      hub: new Hub(),
      app: { state: { state: 'running', origin: APP, folder: '' }, lines: [], on: () => {} },
      checks: new LiveChecks(),
      wire,
      tenant: undefined,
      faults: { now: () => ({}), look: () => {} },
      places: { issuer: signer.issuer, api: 'http://localhost:4002' },
      moved: async () => {},
    } as unknown as Guide;
    guide = await startGuide(parts);
  });
  afterEach(() => guide.close());

  const read = async (at: string) => {
    const answer = await fetch(guide.origin + at);
    return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.text() };
  };
  const page = async (at: string) => parse((await read(at)).body);
  const words = async (at: string) => (await page(at)).text.replace(/\s+/g, ' ');

  it('names the identity provider to which the tenant sends the browser', async () => {
    const message = (location: string) =>
      recorder.add({
        from: 'browser',
        to: 'tenant',
        method: 'POST',
        url: new URL('http://localhost:4001/u/login/one'),
        status: 303,
        responseHeaders: { location },
      });
    parts.wire.providers.set('http://localhost:4003', 'Gaggle');
    message('http://localhost:4003/authorize?client_id=one');
    message('https://elsewhere.example/authorize?client_id=one');
    const text = await words('/wire');
    expect(text).to.include('303 to Gaggle’s /authorize');
    expect(text).to.include('303 to elsewhere.example/authorize');
  });

  it('names who reads the tenant’s public documents', async () => {
    const url = new URL('http://localhost:4001/.well-known/jwks.json');
    for (const from of ['app', 'api'] as const)
      recorder.add({ from, to: 'tenant', method: 'GET', url, status: 200 });
    expect(await words('/wire/1')).to.include('The app fetches the tenant’s public keys');
    expect(await words('/wire/2')).to.include('The API fetches the tenant’s public keys');
  });

  it('is drawn a row a message, in the order of the lanes, by login, with what each brings', async () => {
    await playLogin(recorder, signer);
    await playLogin(recorder, signer, { name: 'two' });
    const root = await page('/wire');
    expect(root.querySelectorAll('.lane').map(({ text }) => text)).to.deep.equal([
      'Browser',
      'App',
      'Tenant',
      'API',
    ]);
    const rows = root.querySelectorAll('.row');
    expect(rows.map(({ id }) => id)).to.deep.equal(Array.from({ length: 10 }, (_, i) => `m${i + 1}`));
    const token = rows[3]?.text.replace(/\s+/g, ' ');
    for (const part of [
      'App to Tenant',
      'back channel',
      'POST /oauth/token',
      'authorization_code',
      'code',
      '200',
      'access_token',
      'refresh_token',
    ])
      expect(token).to.include(part);
    expect(rows[1]?.text).to.match(/front channel/);
    expect(rows[1]?.text.replace(/\s+/g, ' ')).to.include('303 to the app’s /callback');
    expect(root.querySelectorAll('.login')).to.have.length(2);
    expect(root.querySelectorAll('.remark').map(({ text }) => text)).to.deep.equal([]);
    for (const link of root.querySelectorAll('a.message'))
      expect((await read(link.getAttribute('href') ?? '')).status).to.equal(200);
  });

  it('explains each parameter, links what belongs together, decodes and verifies tokens', async () => {
    await playLogin(recorder, signer);
    const request = await words('/wire/2');
    for (const name of ['client_id', 'state', 'nonce', 'code_challenge', 'audience', 'redirect_uri'])
      expect(request).to.include(name);
    expect(request).to.include('RFC 7636, section 4.3');
    expect(request).to.include(
      'The same state: made by the app in 1 → sent with the request here → sent back here → brought to the app in 3',
    );
    const token = await page('/wire/4');
    const text = token.text.replace(/\s+/g, ' ');
    expect(text).to.include('issued in 2 → brought to the app in 3 → redeemed here');
    expect(text).to.match(
      /Challenge and verifier: made by the app in 1 → sent with the request in 2 → its verifier here/,
    );
    expect(text).to.include('It matches.');
    expect(text).to.include('issued here → sent to the API in 5');
    expect(token.querySelectorAll('.verdict.valid')).to.have.length(2);
    expect(text).to.include('Ann Archer').and.include('s after this message');
    expect(await words('/wire/3')).to.match(/The same cookie sid: set in 1 → sent here/);
    expect(await words('/wire/5')).to.include('The signature is right');
    expect(parse((await read('/wire/5?part=1')).body).querySelector('html')).to.equal(null);
  });

  it('masks every secret in pages, rows and exports until it is asked for', async () => {
    const { secrets } = await playLogin(recorder, signer);
    const shown = [
      '/wire',
      ...[1, 2, 3, 4, 5].map((n) => `/wire/${n}`),
      '/wire/5?part=1',
      '/wire/export.mmd',
      '/wire/export.sh',
    ];
    const all = (await Promise.all(shown.map(read))).map(({ body }) => body).join('\n');
    for (const [name, secret] of Object.entries(secrets)) expect(all.includes(secret), name).to.equal(false);
    for (const token of [secrets.access, secrets.id])
      expect(all.includes(token.split('.')[2] ?? ''), 'a signature').to.equal(false);
    const plain = (await read('/wire/4?secrets=1')).body;
    for (const name of ['code', 'verifier', 'clientSecret', 'access', 'id', 'refresh'] as const)
      expect(plain.includes(secrets[name]), name).to.equal(true);
  });

  it('exports a diagram, and a script in which the same secret is the same variable', async () => {
    await playLogin(recorder, signer, {
      change: ({ authorize }) => authorize.set('login_hint', "it's $(touch x) `y`\nrm"),
    });
    expect((await read('/wire/export.mmd')).body).to.match(
      /^sequenceDiagram\n[\s\S]*app->>tenant: 4 POST \/oauth\/token/,
    );
    const script = (await read('/wire/export.sh?login=last')).body;
    expect(script).to.match(/^#!\/bin\/sh\n/);
    expect(script)
      .to.match(/code='"\$CODE"/)
      .and.include(`--data-urlencode 'code='"$CODE"`);
    expect(script).to.include('authorization: Bearer \'"$ACCESS_TOKEN"');
    expect(script).to.not.match(/^rm/m);
    expect(script).to.not.include('$(touch');
  });

  it('leaves text what is HTML in a message', async () => {
    const evil = '<img src=x onerror=alert(1)>';
    recorder.add({
      from: 'browser',
      to: 'app',
      method: 'GET',
      url: new URL(`${APP}/login?name=${encodeURIComponent(evil)}&${encodeURIComponent(evil)}=1`),
      requestHeaders: { 'x-evil': evil, origin: evil },
      requestBody: evil,
      status: 400,
      responseHeaders: {
        'content-type': 'application/json',
        location: `/a?error=${encodeURIComponent(evil)}`,
      },
      responseBody: JSON.stringify({ error: evil }),
    });
    for (const at of ['/wire', '/wire/1', '/wire/1?secrets=1', '/wire/1?part=1']) {
      const root = await page(at);
      expect(root.querySelectorAll('img:not([src^="/assets/"])'), at).to.have.length(0);
      expect(root.text, at).to.include('onerror');
    }
  });

  const FLAWS: [string, number, RegExp, (parts: Parts, secrets: Secrets) => void][] = [
    ['no state', 2, /state is missing.*\(CSRF\)/, ({ authorize }) => authorize.delete('state')],
    ['no PKCE', 2, /PKCE is missing/, ({ authorize }) => authorize.delete('code_challenge')],
    [
      'plain PKCE',
      2,
      /the challenge is the verifier itself/,
      ({ authorize }) => authorize.set('code_challenge_method', 'plain'),
    ],
    ['no audience', 2, /audience is missing/, ({ authorize }) => authorize.delete('audience')],
    [
      'an unlisted callback',
      2,
      /redirect_uri is not listed/,
      (parts) => {
        parts.authorize.set('redirect_uri', `${APP}/other`);
        parts.authorizeStatus = 400;
      },
    ],
    ['no openid', 2, /scope has no openid/, ({ authorize }) => authorize.set('scope', 'profile')],
    [
      'the implicit flow',
      2,
      /response_type is "token"/,
      ({ authorize }) => authorize.set('response_type', 'token'),
    ],
    ['a state of nobody', 3, /no request had this state/, ({ callback }) => callback.set('state', 'made-up')],
    [
      'a refusal',
      3,
      /the tenant answers access_denied.*The user said no/,
      ({ callback }) => {
        callback.delete('code');
        callback.set('error', 'access_denied');
        callback.set('error_description', 'The user said no');
      },
    ],
    ['another verifier', 4, /It does not match/, ({ token }) => token.set('code_verifier', 'another')],
    ['no verifier', 4, /code_verifier is missing/, ({ token }) => token.delete('code_verifier')],
    [
      'another redirect_uri',
      4,
      /not that of the request/,
      ({ token }) => token.set('redirect_uri', `${APP}/cb`),
    ],
    ['no secret', 4, /the app does not authenticate/, ({ token }) => token.delete('client_secret')],
    [
      'an opaque token',
      4,
      /it is opaque/,
      ({ answer }) => {
        answer.access_token = 'opaque';
      },
    ],
    [
      'no refresh token',
      4,
      /the answer has no refresh token/,
      ({ answer }) => {
        delete answer.refresh_token;
      },
    ],
    [
      'no bearer',
      5,
      /no access token was sent/,
      (parts) => {
        parts.apiHeaders = {};
      },
    ],
    [
      'an ID token',
      5,
      /this is the ID token/,
      (parts, { id }) => {
        parts.apiHeaders = { authorization: `Bearer ${id}` };
      },
    ],
    [
      'a token in the address',
      5,
      /the token is in the address/,
      (parts, { access }) => {
        parts.apiQuery = `?access_token=${access}`;
      },
    ],
  ];

  it('annotates what is missing or wrong at its place, and says why it matters', async () => {
    parts.wire.callbacks = () => [`${APP}/callback`];
    let n = 0;
    for (const [name, at, pattern, change] of FLAWS) {
      await playLogin(recorder, signer, { name: name.replaceAll(' ', '-'), change });
      expect(await words(`/wire/${n + at}`), name).to.match(pattern);
      expect((await page(`/wire/${n + at}`)).querySelectorAll('.mark').length, name).to.be.greaterThan(0);
      n += 5;
    }
    expect((await page('/wire')).querySelectorAll('.remark').length).to.be.at.least(FLAWS.length);
    const before = parts.wire.entries.length;
    const { secrets } = await playLogin(recorder, signer, { name: 'twice' });
    await playLogin(recorder, signer, {
      name: 'thrice',
      change: ({ token, callback }) => {
        token.set('code', secrets.code);
        callback.set('code', secrets.code);
      },
    });
    expect(await words(`/wire/${before + 9}`)).to.include(`used twice, first in ${before + 4}`);
    expect(await words(`/wire/${before + 8}`)).to.include(`brought a second time, first in ${before + 3}`);
    for (const again of [1, 2])
      await playLogin(recorder, signer, {
        name: `refresh-${again}`,
        change: (one) => {
          one.token = new URLSearchParams({
            grant_type: 'refresh_token',
            refresh_token: secrets.refresh,
            client_secret: 'x',
          });
        },
      });
    expect(await words(`/wire/${before + 19}`)).to.include(`used again, first in ${before + 14}`);
    expect(await words(`/wire/${before + 19}`)).to.include(`issued in ${before + 4}`);
  });

  it('only notes what is missing in a message that was sent by hand', async () => {
    const ask = (headers: Record<string, string>) =>
      recorder.add({
        from: 'browser',
        to: 'tenant',
        method: 'GET',
        url: new URL('http://localhost:4001/authorize?client_id=web&response_type=code&state=1'),
        requestHeaders: headers,
        status: 303,
        responseHeaders: { location: '/u/login/one' },
      });
    ask({ 'user-agent': 'curl/8.5.0' });
    ask({ 'user-agent': 'Mozilla/5.0' });
    const rows = (await page('/wire')).querySelectorAll('.row');
    expect(rows.map((row) => row.classList.contains('wrong'))).to.deep.equal([false, true]);
    for (const row of rows) expect(row.text).to.include('PKCE is missing');
    expect((await page('/wire?show=errors')).querySelectorAll('.row')).to.have.length(1);
  });

  it('a wrong signature is reported, and so are keys that cannot be read', async () => {
    await playLogin(recorder, signer, {
      change: (one, { access }) => {
        const [header, , signature] = access.split('.');
        const claims = Buffer.from(JSON.stringify({ sub: 'somebody' })).toString('base64url');
        one.apiHeaders = { authorization: `Bearer ${[header, claims, signature].join('.')}` };
      },
    });
    expect(await words('/wire/5')).to.include('The signature is invalid');
  });

  it('shows one login, errors only, or one check, which is no part of everything', async () => {
    await playLogin(recorder, signer);
    await playLogin(recorder, signer, {
      name: 'two',
      change: (one) => {
        one.apiHeaders = {};
      },
    });
    const bench = new Recorder();
    const { messages } = await playLogin(bench, signer, { name: 'check' });
    const about = {
      step: '02-get-an-access-token',
      task: '2.1',
      id: '2.1-state',
      title: 'a state',
      passed: true,
    };
    parts.wire.addCheck(about, { messages, evidence: [], endedAt: 0 });
    const ids = async (at: string) =>
      (await page(at)).querySelectorAll('.row').map(({ id }) => Number(id.slice(1)));
    expect(await ids('/wire')).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(await ids('/wire?login=1')).to.deep.equal([1, 2, 3, 4, 5]);
    expect(await ids('/wire?login=last')).to.deep.equal([6, 7, 8, 9, 10]);
    expect(await ids('/wire?show=errors')).to.deep.equal([10]);
    const option = (await page('/wire')).querySelector('#checks a');
    expect(option?.text).to.equal('✓ a state');
    expect(await words('/wire')).to.include('Step 02: Get an access token');
    const check = option?.getAttribute('href') ?? '';
    expect(await ids(check)).to.deep.equal([11, 12, 13, 14, 15]);
    expect(await words('/wire/14')).to.include('Sent for the check a state');
    const { messages: second } = await playLogin(bench, signer, { name: 'again' });
    parts.wire.addCheck(about, { messages: second.slice(0, 2), evidence: [], endedAt: 0 });
    expect(await ids(check)).to.deep.equal([16, 17]);
    const gone = await read('/wire/14');
    expect(gone.status).to.equal(404);
    for (const at of [
      '/wire?login=99',
      '/wire?check=none',
      '/wire?before=x',
      '/wire?login=1&login=2',
      '/wire?check[a]=1',
    ])
      expect((await read(at)).status, at).to.equal(200);
    for (const at of ['/wire/0', '/wire/99', '/wire/x', '/wire/%00', '/wire/1e1'])
      expect((await read(at)).status, at).to.equal(404);
  });

  it('keeps thousands of messages: the newest in the page, older ones behind a link, the oldest in a file without secrets', async () => {
    const { secrets } = await playLogin(recorder, signer);
    const { secrets: late } = await playLogin(recorder, signer, { name: 'late' });
    for (let i = 0; i < 199; i += 1)
      for (const message of recorder.messages.slice(0, 10))
        recorder.add({ ...message, at: (recorder.messages.at(-1)?.at ?? 0) + 1 });
    const count = parts.wire.entries.length;
    expect(count).to.equal(2000);
    await read('/wire/1999');
    const begin = performance.now();
    for (let i = 0; i < 10; i += 1) expect((await read(`/wire/${1990 + i}?part=1`)).status).to.equal(200);
    const each = (performance.now() - begin) / 10;
    process.stdout.write(`      a click with 2,000 recorded: ${each.toFixed(1)} ms\n`);
    expect(each).to.be.below(200);
    const root = await page('/wire');
    expect(root.querySelectorAll('.row')).to.have.length(300);
    const earlier = root.querySelector('.pages a')?.getAttribute('href') ?? '';
    expect((await page(earlier)).querySelectorAll('.row').map(({ id }) => id))
      .to.have.length(300)
      .and.include('m1700');

    for (const message of recorder.messages.slice(0, 10))
      recorder.add({ ...message, at: (recorder.messages.at(-1)?.at ?? 0) + 1 });
    const text = fs.readFileSync(file, 'utf8');
    expect(text.trim().split('\n')).to.have.length(10);
    if (process.platform !== 'win32') expect(fs.statSync(file).mode & 0o777).to.equal(0o600);
    for (const secret of [...Object.values(secrets), ...Object.values(late)])
      expect(text.includes(secret)).to.equal(false);
    const old = await words('/wire/4?secrets=1');
    expect(old)
      .to.include('its secrets are not stored')
      .and.include('grant_type')
      .and.include('code_verifier');
    expect(old).to.not.include(secrets.verifier);
  });

  it('has a panel for other pages: the last login', async () => {
    const shown = () => html('wire-panel', { ...wirePanel(parts), app: { origin: APP } });
    expect(parse(shown()).text).to.include('Log in at your app');
    await playLogin(recorder, signer);
    await playLogin(recorder, signer, { name: 'two' });
    const panel = parse(shown());
    expect(panel.querySelectorAll('.row').map(({ id }) => id)).to.deep.equal(['m6', 'm7', 'm8', 'm9', 'm10']);
  });

  it('sends each message and its answer to open pages', async () => {
    const live = new AbortController();
    const stream = await fetch(`${guide.origin}/live`, { signal: live.signal });
    const message = recorder.add({ from: 'browser', to: 'app', method: 'GET', url: new URL(`${APP}/login`) });
    const events: { n: number; html: string; group: { id: number } }[] = [];
    let text = '';
    for await (const piece of stream.body ?? []) {
      text += Buffer.from(piece as Uint8Array).toString('utf8');
      const found = [...text.matchAll(/^event: message\ndata: (.*)\n\n/gm)].map((one) =>
        JSON.parse(one[1] ?? ''),
      );
      if (found.length === 1 && message.status === 0) recorder.answer(message, { status: 200, ms: 7 });
      if (found.length < 2) continue;
      events.push(...found);
      break;
    }
    live.abort();
    expect(events.map(({ n, group }) => [n, group.id])).to.deep.equal([
      [1, 1],
      [1, 1],
    ]);
    expect(events[0]?.html).to.include('no answer yet');
    expect(events[1]?.html).to.include('7 ms').and.include('id="m1"');
  });
});
