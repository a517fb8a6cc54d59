import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import type { RunningGuide } from '../../shared/guide/index';
import { startTestTenant, type TestTenant, YAML } from '../support/tenant';
import { listen, startBareGuide } from './in-process';

describe('the tenant’s page', () => {
  let test: TestTenant;
  let guide: RunningGuide;
  before(async () => {
    test = await startTestTenant();
    guide = await startBareGuide({
      tenant: test.tenant,
      places: { issuer: test.tenant.issuer, api: 'http://localhost:4002' },
    });
  });
  after(async () => {
    await guide?.close();
    await test?.close();
  });
  const page = async (at = '/tenant') => (await fetch(guide.origin + at)).text();
  const file = (name: string) => path.join(test.folder, name);
  /** The line on which a text stands in tenant.yaml. */
  const lineOf = (text: string, name = 'tenant.yaml') =>
    fs
      .readFileSync(file(name), 'utf8')
      .split('\n')
      .findIndex((line) => line.includes(text)) + 1;

  it('shows APIs, applications and users with the line that each comes from, as a link for the editor', async () => {
    const html = await page();
    for (const text of ['name: Appointments API', 'name: Web', 'name: Machine']) {
      const line = lineOf(text);
      expect(line).to.be.above(0);
      expect(html).to.include(`href="vscode://file${encodeURI(file('tenant.yaml'))}:${line}"`);
      expect(html).to.include(`tenant.yaml:${line}</a>`);
    }
    // users.json: the user begins with the brace above the e-mail address.
    const ann = lineOf('ann@example.com', 'users.json') - 1;
    expect(html).to.include(`users.json:${ann}</a>`);
    for (const text of ['read:appointments', 'See your appointments', 'http://localhost:3000/callback'])
      expect(html).to.include(text);
    expect(html).to.match(/ann@example\.com[\s\S]*role manager/);
    expect(html).to.match(/replaced at each use[\s\S]*stay the same|none: its grant types/);
  });

  it('keeps passwords, their hashes and client secrets to itself', async () => {
    const html = await page();
    const hashes = [...fs.readFileSync(file('users.json'), 'utf8').matchAll(/\$2b\$[^"]+/g)].map(String);
    expect(hashes).to.not.be.empty;
    for (const secret of [...hashes, test.credentials('WEB').client_secret ?? 'none'])
      expect(html).to.not.include(secret);
  });

  it('shows each decision with its precise reason, and the refusals alone', async () => {
    await fetch(`${test.tenant.issuer}authorize?client_id=nobody&response_type=code`, { redirect: 'manual' });
    test.tenant.events.emit({
      type: 'token refused',
      client_id: test.credentials('WEB').client_id,
      grant_type: 'authorization_code',
      error: 'invalid_grant',
      reason: 'code_verifier does not fit <script>alert(1)</script>',
    });
    const all = await page();
    expect(all).to.include('configuration loaded').and.include('authorization refused');
    const refusals = await page('/tenant?show=refusals');
    const log = refusals.slice(refusals.indexOf('id="log"'));
    expect(log).to.include('token refused').and.not.include('configuration loaded');
    expect(log).to.include('code_verifier does not fit &lt;script&gt;').and.not.include('<script>');
    expect(log).to.match(/<dt>application<\/dt>\s*<dd>Web<\/dd>/);
    expect(log.indexOf('token refused'), 'the newest first').to.be.below(
      log.indexOf('authorization refused'),
    );
  });

  it('sends a decision to open pages, and a bad save with the line of its mistake', async () => {
    const live = await listen(guide.origin);
    try {
      test.tenant.events.emit({ type: 'consent declined', client_id: 'x', user_id: '<b>' });
      const row = (await live.next('tenant')) as { html: string; refused: boolean };
      expect(row.refused).to.equal(true);
      expect(row.html).to.include('consent declined').and.include('&lt;b&gt;');

      fs.writeFileSync(file('tenant.yaml'), YAML.replace('token_lifetime: 3600', 'token_lifetime: never'));
      await test.tenant.reload();
      const line = lineOf('token_lifetime: never');
      const bad = (await live.next('configuration')) as { html: string };
      expect(bad.html)
        .to.match(/The files that you saved have a mistake/)
        .and.include(`tenant.yaml:${line}</a>`);
      expect(await page()).to.include(`tenant.yaml:${line}</a>`);

      fs.writeFileSync(file('tenant.yaml'), YAML);
      await test.tenant.reload();
      const good = (await live.next('configuration')) as { html: string };
      expect(good.html).to.not.include('does not count');
    } finally {
      live.close();
    }
  });

  it('shows the code that runs, with its file, and the connections by which users come', async () => {
    fs.writeFileSync(file('greet.js'), 'exports.onExecutePostLogin = async () => {};\n');
    fs.writeFileSync(
      file('tenant.yaml'),
      `${YAML}
connections:
  - { name: gaggle, strategy: google-oauth2, enabled_clients: [Web] }
actions:
  - { name: Greet, code: ./greet.js, deployed: true, supported_triggers: [{ id: post-login, version: v3 }] }
triggers:
  post-login: [{ action_name: Greet, display_name: Greet }]
`,
    );
    await test.tenant.reload();
    const html = await page();
    expect(html).to.match(/Action Greet[\s\S]*greet\.js:1<\/a>[\s\S]*at login/);
    expect(html).to.match(/users of<\/dt>\s*<dd>Username-Password-Authentication, gaggle<\/dd>/);
    fs.writeFileSync(file('tenant.yaml'), YAML);
    await test.tenant.reload();
  });

  it('says that a real tenant keeps its own, and what differs', async () => {
    const other = await startBareGuide({
      places: { issuer: 'https://someone.eu.auth0.com/', api: 'http://localhost:4002' },
    });
    try {
      const html = await (await fetch(`${other.origin}/tenant`)).text();
      expect(html).to.include('https://someone.eu.auth0.com/').and.include('docs/real-tenant.md');
      expect(html).to.not.include('Live log');
    } finally {
      await other.close();
    }
  });
});
