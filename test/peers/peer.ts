import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { type Browser, forms, type Page } from '../../shared/browser';
import { REGISTER } from '../../shared/lib/places';
import { ROOT } from '../../shared/steps/layers';
import { AUDIENCE } from '../support/client';
import { type Command, command } from '../support/command';
import { patientBrowser } from '../support/patient-browser';
import { startTestTenant, type TestTenant } from '../support/tenant';
import { ANN } from '../support/workshop';

/** An application that is built on a published client library, in a process of its own, and whatever it needs around it. */
export interface Peer extends TestTenant {
  /** Where the application listens, without a final slash. */
  origin: string;
  /** What the application wrote to its standard output and error so far. */
  output(): string;
  /** A browser that nobody else has; it trusts the local authority. */
  browser(): Browser;
  /** Opens a page of the application as Ann, who gets through the tenant's pages. */
  logIn(browser: Browser, at: string): Promise<Page>;
  /** Says yes where the tenant asks whether to log out: it does so when the application sends no `id_token_hint`, as Auth0 does. */
  confirmLogout(browser: Browser, page: Page): Promise<Page>;
}

export interface PeerOptions {
  /** The file in `apps/`, without its ending. */
  app: string;
  /** The application of tenant.yaml, as its settings name it. */
  client?: string;
  /** tenant.yaml, in which `$APP` is the address of the application. */
  yaml?: string;
  /** Whether the tenant speaks https, which most of Auth0's own libraries insist on. */
  https?: boolean;
  /** Whether the Appointments API runs as well; the application has its address as API_URL. */
  api?: boolean;
  /** Changes the lifetime of an access token, in seconds. */
  accessTokenLifetime?: (seconds: number) => number;
}

/** A tenant as a learner has it, with the application of the peer. */
export const PEER_YAML = `
resourceServers:
  - name: Appointments API
    identifier: ${AUDIENCE}
    token_lifetime: 3600
    allow_offline_access: true
    scopes:
      - { value: "read:appointments", description: See your appointments }
      - { value: "create:appointments", description: Make appointments }
clients:
  - name: Peer
    callbacks: [$APP/callback]
    allowed_logout_urls: [$APP, $APP/]
    oidc_logout: { backchannel_logout_urls: [$APP/backchannel-logout] }
    refresh_token: { rotation_type: rotating, expiration_type: expiring }
databases:
  - { name: Username-Password-Authentication, strategy: auth0, enabled_clients: [Peer] }
`;

/**
 * Starts tenant, API and application. The application knows of the local authority by NODE_EXTRA_CA_CERTS, as everybody's does: nothing
 * of the library is changed.
 *
 * @throws Error with what the application wrote, when it ends before it listens.
 */
export async function startPeer({
  app,
  client = 'PEER',
  yaml = PEER_YAML,
  https = false,
  api: withApi = false,
  ...options
}: PeerOptions): Promise<Peer> {
  const closing: (() => unknown)[] = [];
  const close = async () => {
    for (const one of closing.reverse()) await one();
  };
  try {
    const test = await startTestTenant({ yaml: yaml.replaceAll('$APP', NOWHERE), https, ...options });
    closing.push(test.close);
    const { client_id = '', client_secret = '' } = test.credentials(client);
    const settings: Record<string, string> = { ...test.tenant.settings() };
    Object.assign(settings, { CLIENT_ID: client_id, CLIENT_SECRET: client_secret });
    const env: Record<string, string> = {
      ...settings,
      AUDIENCE,
      SESSION_SECRET: 'only-for-tests-only-for-tests-00',
    };
    if (withApi) {
      const api: Command = command('shared/api/main.ts', ['--port', '0'], { env: { ...env } });
      closing.push(() => api.stop());
      env.API_URL = (await api.ready()).API_URL ?? '';
    }
    const child = fork(path.join(__dirname, 'peer-process.ts'), [path.join(__dirname, 'apps', app)], {
      execArgv: ['-r', REGISTER],
      cwd: ROOT,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        TS_NODE_PROJECT: path.join(ROOT, 'tsconfig.json'),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const { output, origin } = await listening(child, closing);
    // The application's port is known only now, as when a learner saves tenant.yaml.
    fs.writeFileSync(path.join(test.folder, 'tenant.yaml'), yaml.replaceAll('$APP', origin));
    await test.tenant.reload();
    const authority = https ? fs.readFileSync(settings.NODE_EXTRA_CA_CERTS ?? '', 'utf8') : undefined;
    return {
      ...test,
      origin,
      output,
      browser: () => {
        const browser = patientBrowser(authority);
        closing.push(() => browser.close());
        return browser;
      },
      logIn: async (browser, at) => browser.logIn(await browser.get(`${origin}${at}`), ANN),
      confirmLogout: (browser, page) => {
        const asks = forms(page).find(({ buttons }) => buttons.some(({ name }) => name === 'logout'));
        if (!asks) throw new Error(`nobody asks whether to log out at ${page.url}: ${page.body}`);
        return browser.submit(page, asks, { logout: 'yes' });
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where no application is; for as long as its own address is not known. */
const NOWHERE = 'http://localhost:3000';

async function listening(
  child: ChildProcess,
  closing: (() => unknown)[],
): Promise<{ origin: string; output(): string }> {
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const ended = once(child, 'close');
  closing.push(async () => {
    child.kill();
    await ended;
  });
  const first = await Promise.race([once(child, 'message'), ended.then(() => undefined)]);
  if (!first) throw new Error(`the application ended before it listened:\n${output}`);
  return { origin: (first[0] as { origin: string }).origin, output: () => output };
}
