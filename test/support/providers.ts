import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parse } from 'node-html-parser';
import { Browser, forms, type Page } from '../../shared/browser';
import { ownProviders } from '../../shared/identity-providers/own';
import { type SamlOptions, type SamlProvider, startSaml } from '../../shared/identity-providers/saml';
import { STAFF } from '../../shared/identity-providers/saml/accounts';
import { startSocial } from '../../shared/identity-providers/social';
import { GAGGLE_ACCOUNTS } from '../../shared/identity-providers/social/accounts';
import type { TenantOptions } from '../../shared/tenant';
import { Client } from './client';
import { startTestTenant, type TestTenant, YAML } from './tenant';

export const [GINA, , ANN_AT_GAGGLE] = GAGGLE_ACCOUNTS as [Account, Account, Account];
export const [NORA] = STAFF as [Account];
type Account = (typeof GAGGLE_ACCOUNTS | typeof STAFF)[number];

/** The providers' keys, made once for all tests of a process. */
export const PROVIDERS_DATA = fs.mkdtempSync(path.join(os.tmpdir(), 'call-your-api-providers-'));
process.once('exit', () => fs.rmSync(PROVIDERS_DATA, { recursive: true, force: true }));

/** One connection of each kind that the workshop's providers serve. */
export const CONNECTIONS = `
connections:
  - { name: google-oauth2, strategy: google-oauth2, enabled_clients: [Web] }
  - { name: larkfield, strategy: samlp, enabled_clients: [Web], show_as_button: true, display_name: Larkfield Clinic }
  - { name: elsewhere, strategy: samlp, enabled_clients: [Public] }
`;

export interface World extends TestTenant {
  saml: SamlProvider;
  social: string;
  /** Takes other connections from now on. */
  configure(connections: string, yaml?: string): Promise<void>;
  /** The reason of the newest refusal. */
  reason(): string;
  close(): Promise<void>;
}

/** A tenant and both identity providers. */
export async function startWorld(
  options: Partial<TenantOptions> & { saml?: Partial<SamlOptions> } = {},
): Promise<World> {
  const { saml: samlOptions, ...tenantOptions } = options;
  let issuer = '';
  const data = PROVIDERS_DATA;
  const social = await startSocial({ data, callbacks: () => [new URL('/login/callback', issuer).href] });
  const saml = await startSaml({ data, tenant: () => issuer, ...samlOptions });
  const providers = ownProviders(data, { social: () => social.origin, saml: () => saml.origin });
  const test = await startTestTenant({ providers, ...tenantOptions });
  issuer = test.tenant.issuer;
  const configure = async (connections: string, yaml = YAML) => {
    fs.writeFileSync(path.join(test.folder, 'tenant.yaml'), yaml + connections);
    await test.tenant.reload();
    const last = test.tenant.events.recent().findLast(({ type }) => type.startsWith('configuration'));
    if (last?.type === 'configuration refused') throw new Error(last.problems.join('\n'));
  };
  await configure(CONNECTIONS);
  return {
    ...test,
    saml,
    social: social.origin,
    configure,
    reason: () => test.last('login refused')?.reason ?? '',
    close: async () => {
      await Promise.all([test.close(), social.close(), saml.close()]);
    },
  };
}

/** The way to another provider that a login page offers. */
export function linkTo(page: Page, label: string): URL {
  const link = parse(page.body)
    .querySelectorAll('a')
    .find((one) => one.text.includes(label));
  if (!link) throw new Error(`the page has no link ${label}: ${page.body}`);
  return new URL(link.getAttribute('href') ?? '', page.url);
}

/** Signs in on a provider's page, and does not leave the provider. */
export function signIn(browser: Browser, page: Page, account: Account): Promise<Page> {
  return fillIn(browser, page, { email: account.email, password: account.password });
}

/** Presses the other button. */
export const cancel = (browser: Browser, page: Page): Promise<Page> =>
  fillIn(browser, page, { cancel: 'yes' });

function fillIn(browser: Browser, page: Page, values: Record<string, string>): Promise<Page> {
  const form = forms(page).find(({ hasPassword }) => hasPassword);
  if (!form) throw new Error(`there is no form at ${page.url}: ${page.body}`);
  return browser.submit(page, form, values, { within: page.url.origin });
}

/** Follows a provider's redirect back to the tenant, as far as the tenant can be seen. */
export function back(browser: Browser, page: Page, change: Record<string, string> = {}): Promise<Page> {
  if (!page.headers.location) throw new Error(`no redirect came: ${page.url} ${page.body}`);
  const url = new URL(page.headers.location);
  for (const [name, value] of Object.entries(change)) url.searchParams.set(name, value);
  return browser.get(url, { within: url.origin, from: page.url });
}

/** What a SAML identity provider gives the browser to send on. */
export interface Handed {
  client: Client;
  /** Where the answer is to go. */
  action: string;
  SAMLResponse: string;
  RelayState: string;
}

/** Begins a login at an application and goes through it until the SAML identity provider's answer is in the browser. */
export async function samlAnswer(
  world: World,
  client = new Client(world.tenant),
  { connection = 'larkfield', account = NORA }: { connection?: string; account?: Account } = {},
): Promise<Handed> {
  const page = await client.browser.get(client.authorizeUrl({ connection, prompt: 'login' }));
  const asks = forms(page).some(({ hasPassword }) => hasPassword);
  const handed = asks ? await signIn(client.browser, page, account) : page;
  const [form] = forms(handed);
  if (!form) throw new Error(`no answer came: ${handed.url} ${handed.body}`);
  const { SAMLResponse = '', RelayState = '' } = form.fields;
  return { client, action: form.action.href, SAMLResponse, RelayState };
}

/** Sends an answer to the tenant, as the provider's page would, and follows it until the application. */
export function send(
  { client, action, SAMLResponse, RelayState }: Handed,
  change: { SAMLResponse?: string; RelayState?: string; action?: string } = {},
  browser = client.browser,
): Promise<Page> {
  const fields = { SAMLResponse, RelayState, ...change };
  const { action: _, ...sent } = fields as Record<string, string>;
  return browser.post(change.action ?? action, sent, {
    from: 'https://provider.example/',
    headers: { origin: 'null' },
    within: new URL(action).origin,
  });
}
