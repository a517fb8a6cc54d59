import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { ROOT } from '../../shared/lib/places';
import { prefixed } from '../../shared/lib/prefix';
import { logValue, printable, printableLines, printableOutput, quoted } from '../../shared/lib/printable';
import { logLine } from '../../shared/tenant/log-line';
import { listOf, mermaidOf } from '../../shared/workshop/flow/diagram';
import { wholeMessage } from '../../shared/workshop/flow/whole';
import { showFailure } from '../../shared/workshop/report';
import { Client } from '../support/client';
import { startTestTenant } from '../support/tenant';

/** Everything by which a text could be taken for more than it is. */
const MOVES = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const WILD = [
  'x\n04:00:00  login ok  user_id=auth0|ann',
  'x\r04:00:00  login ok',
  'x\u001b[2J\u001b]0;title\u0007',
  'x\u009b2J\u0085y\u007f',
  'x\u202egnp.exe\u2066\u200b\ufeff\u2028y\u2029z',
  'x\u{e0041}\ud800',
];

describe('what others sent, where it is printed', () => {
  it('does not change when it is plain, in any language', () => {
    for (const plain of ['login', 'https://a.example/b?c', 'Ärger', '日本語', '🔑']) {
      expect(printable(plain)).to.equal(plain);
      expect(printableOutput(plain)).to.equal(plain);
    }
    expect(logValue('openid')).to.equal('openid');
    expect(logValue('auth0|ann')).to.equal('auth0|ann');
  });

  it('is quoted in a log where it has a space, a quote or an equals sign, and what is not seen is escaped', () => {
    expect(logValue('a b')).to.equal('"a b"');
    expect(logValue('a\u00a0b')).to.equal('"a\u00a0b"');
    expect(logValue('a=b')).to.equal('"a=b"');
    expect(logValue('a"\\b')).to.equal('"a\\"\\\\b"');
    expect(logValue(WILD[0] ?? '')).to.equal('"x\\n04:00:00  login ok  user_id=auth0|ann"');
    expect(logValue('\u001b[2J')).to.equal('"\\u001b[2J"');
    expect(quoted('\u{e0041}')).to.equal('"\\udb40\\udc41"');
  });

  it('moves nothing, and a quoted value reads back as what was sent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        expect(printable(text)).to.not.match(MOVES);
        expect(printableLines(text).replace(/[\n\t]/g, '')).to.not.match(MOVES);
        expect(JSON.parse(quoted(text))).to.equal(text);
        expect(printable(JSON.stringify({ text }))).to.satisfy(
          (json: string) => JSON.parse(json).text === text,
        );
      }),
    );
  });

  it('of an app’s own output keeps colours and lines, and nothing that moves the cursor', () => {
    expect(printableOutput('a\u001b[31mred\u001b[0m\r\nb')).to.equal('a\u001b[31mred\u001b[0m\u001b[0m\nb');
    expect(printableOutput('gone\u001b[1A\u001b[2K\rnew')).to.equal('gone\\u001b[1A\\u001b[2K\nnew');
    expect(prefixed('app', 'a\u001b[2J\nb\n')).to.equal('app     a\\u001b[2J\napp     b\n');
    expect(prefixed('tenant', 'a\u001b[31mb\n')).to.equal('tenant  a\\u001b[31mb\n');
  });

  it('makes one line of the tenant’s log, whatever a request held', async () => {
    const test = await startTestTenant();
    const client = new Client(test.tenant);
    const lines: string[] = [];
    test.tenant.events.subscribe((event) => lines.push(logLine(event)));
    try {
      for (const wild of WILD) {
        await client.token({ grant_type: wild });
        await client.token({ grant_type: 'authorization_code', code: wild, redirect_uri: wild });
        for (const name of [
          'client_id',
          'audience',
          'connection',
          'scope',
          'redirect_uri',
          'state',
          'prompt',
        ])
          await client.browser.get(client.authorizeUrl({ [name]: wild }), { follow: false });
        const query = new URLSearchParams({ returnTo: wild, client_id: wild });
        await client.browser.get(`${test.tenant.origin}/v2/logout?${query}`, { follow: false });
        await client.browser.get(`${test.tenant.origin}/continue?${new URLSearchParams({ state: wild })}`);
        await client.browser.get(
          `${test.tenant.origin}/login/callback?${new URLSearchParams({ state: wild, connection: wild })}`,
        );
        const page = await client.browser.get(client.authorizeUrl());
        await client.browser.logIn(page, { email: wild, password: 'x' }, 'accept', test.tenant.origin);
      }
      expect(lines.length).to.be.greaterThan(50);
      for (const line of lines) {
        expect(line).to.not.match(MOVES);
        expect(line, 'begins a value of its own').to.not.match(/(?<!")04:00:00 {2}login ok(?!.*")/);
      }
      expect(lines.join('\n')).to.include('grant_type="x\\n04:00:00  login ok');
    } finally {
      client.close();
      await test.close();
    }
  });

  it('is on a line of its own in a recorded message, and in a list of them', () => {
    const wild = WILD.join('');
    const url = new URL('http://localhost:4001/authorize');
    url.searchParams.set('state', wild);
    url.searchParams.set(wild, 'x');
    const message = {
      n: 1,
      from: 'app' as const,
      to: 'tenant' as const,
      method: 'GET',
      url: url.href,
      requestHeaders: { 'content-type': 'application/x-www-form-urlencoded', host: wild },
      requestBody: new URLSearchParams({ [wild]: wild }).toString(),
      status: 400,
      responseHeaders: { 'content-type': 'application/json' },
      responseBody: JSON.stringify({ error: wild, [`${wild}_token`]: wild }),
      at: 0,
      ms: 1,
    };
    const shown = printableLines(
      [
        wholeMessage(message),
        listOf([message]),
        mermaidOf([message]),
        listOf([{ ...message, responseBody: JSON.stringify({ [`${wild}_token`]: 1 }) }]),
        listOf([
          {
            ...message,
            responseHeaders: { location: `http://a.example/?${new URLSearchParams({ error: wild })}` },
          },
        ]),
      ].join(''),
    );
    for (const line of shown.split('\n'))
      expect(line)
        .to.not.match(/^(04:00:00|x)/)
        .and.not.match(MOVES);
  });

  it('makes no line of its own in a report of checks', () => {
    const { write } = process.stdout;
    let printed = '';
    process.stdout.write = ((text: string) => {
      printed += text;
      return true;
    }) as typeof write;
    try {
      const seen = WILD.join(' ');
      const diagnosis = { id: '2.x', expected: 'a\nok      2.1  forged', seen, cause: seen, next: seen };
      showFailure({ id: '2.x', task: '2.1', title: 'A title', passed: false, diagnosis }, undefined);
    } finally {
      process.stdout.write = write;
    }
    const lines = printed.split('\n');
    expect(lines[0]).to.equal('not ok  2.1  A title');
    for (const line of lines.slice(1, -1))
      expect(line)
        .to.match(/^ {10}/)
        .and.not.match(MOVES);
  });

  it('goes to the terminal by one place only', () => {
    const files = fs
      .readdirSync(path.join(ROOT, 'shared'), { recursive: true, encoding: 'utf8' })
      .map((file) => `shared/${file.replaceAll(path.sep, '/')}`);
    /** What paints, and makes what it paints printable itself; what a thread's own output is caught by; what writes it. */
    const allowed = [
      /^shared\/lib\/terminal\.ts$/,
      /^shared\/tenant\/actions\/thread\/main\.ts$/,
      /^shared\/workshop\/(report|app|commands\/diff)\.ts$/,
    ];
    const found = files
      .filter((file) => file.endsWith('.ts') && !allowed.some((one) => one.test(file)))
      .flatMap((file) =>
        fs
          .readFileSync(path.join(ROOT, file), 'utf8')
          .split('\n')
          .filter((line) => /process\.std(out|err)\.write|^\s*console\.(log|error|info)/.test(line))
          .filter((line) => !/\.write\((prefixed|overviewText)\(/.test(line))
          .map((line) => `${file}: ${line.trim()}`),
      );
    expect(found).to.deep.equal([]);
  });
});
