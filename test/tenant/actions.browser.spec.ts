import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { type Listening, listenOnLoopback } from '../../shared/lib/listen';
import { sharedBrowser } from '../support/browser';
import { CALLBACK, Client, decode } from '../support/client';
import { withPage } from '../support/pages';
import { type ScriptedTenant, startScripted } from '../support/scripts';
import { YAML } from '../support/tenant';
import { ANN } from '../support/workshop';

const SECTIONS = `
actions: [{ name: terms, code: ./terms.js, deployed: true, supported_triggers: [{ id: post-login, version: v3 }] }]
triggers: { post-login: [{ action_name: terms, display_name: terms }] }
`;

describe('an Action that sends the user elsewhere, in a real browser', function () {
  this.timeout(180_000);
  const closing: (() => Promise<void>)[] = [];
  let browser: Browser;
  let test: ScriptedTenant;
  let redirect_uri: string;
  before(async () => {
    browser = await sharedBrowser();
    const application = await listen((_req, res) => res.end('the application'));
    // Another site than localhost: cookies of the tenant do not go with what it posts.
    const site = await listen((req, res) => {
      const url = new URL(req.url ?? '/', 'http://x');
      const state = encodeURIComponent(url.searchParams.get('state') ?? '');
      res.setHeader('content-type', 'text/html');
      res.end(`<form method="post" action="${test.tenant.origin}/continue?state=${state}">
<input type="hidden" name="terms" value="yes"><button>Accept the terms</button></form>`);
    });
    redirect_uri = `http://localhost:${application.port}/callback`;
    test = await startScripted(
      SECTIONS,
      {
        'terms.js': `exports.onExecutePostLogin = async (event, api) => api.redirect.sendUserTo('http://127.0.0.1:${site.port}/terms');
exports.onContinuePostLogin = async (event, api) =>
  api.idToken.setCustomClaim('https://my-app.example/terms', [event.request.method, event.request.body.terms]);
`,
      },
      { yaml: YAML.replaceAll(CALLBACK, redirect_uri) },
    );
    closing.push(test.close);

    async function listen(handler: Parameters<typeof listenOnLoopback>[0]): Promise<Listening> {
      const server = await listenOnLoopback(handler, { port: 0, party: 'A test', setting: 'none' });
      closing.push(server.close);
      return server;
    }
  });
  after(async () => {
    for (const close of closing.reverse()) await close();
  });

  it('leads there after the login form, back by a form of another site, and on to the application', () =>
    withPage(browser, {}, async (page) => {
      const client = new Client(test.tenant);
      await page.goto(client.authorizeUrl({ redirect_uri }).href);
      await page.getByRole('textbox').first().fill(ANN.email);
      await page.locator('input[type=password]').fill(ANN.password);
      await page.locator('button.primary').click();
      await page.getByRole('button', { name: 'Accept the terms' }).click();
      await page.locator('button[value=accept]').click();
      await page.waitForURL((url) => url.href.startsWith(redirect_uri));
      const code = new URL(page.url()).searchParams.get('code') ?? '';
      const { body } = await client.redeem(code, { redirect_uri });
      expect(decode(body.id_token).payload['https://my-app.example/terms']).to.deep.equal(['POST', 'yes']);
      client.close();
    }));
});
