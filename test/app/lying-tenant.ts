import fs from 'node:fs';
import type http from 'node:http';
import path from 'node:path';
import type { Browser } from '../../shared/browser';
import { decider } from '../../shared/faults/configuration';
import type { Forgery } from '../../shared/faults/forgery';
import { FaultInjector } from '../../shared/faults/inject';
import { type Listening, listenOnLoopback } from '../../shared/lib/listen';
import { type AppInProcess, startAppInProcess } from '../support/app-in-process';
import { AUDIENCE } from '../support/client';
import { patientBrowser } from '../support/patient-browser';
import { startTestTenant, type TestTenant, YAML } from '../support/tenant';
import { ANN } from '../support/workshop';

/** A real tenant that forges what a test wants, and apps that come and go. */
export class LyingTenant {
  readonly faults = new FaultInjector();
  /** What the token endpoint got. */
  readonly authorizations: (string | undefined)[] = [];
  /** What the API got. */
  readonly apiTokens: (string | undefined)[] = [];
  #test: TestTenant | undefined;
  #api: Listening | undefined;

  async open(): Promise<void> {
    const appointments = JSON.stringify({ appointments: [] });
    const handler: http.RequestListener = ({ headers }, res) => {
      this.apiTokens.push(headers.authorization);
      res.writeHead(200, { 'content-type': 'application/json' }).end(appointments);
    };
    this.#api = await listenOnLoopback(handler, { port: 0, party: 'The API', setting: 'none' });
    this.#test = await startTestTenant({
      wrap: (handler) => {
        const serve = this.faults.wrap(handler);
        return (req, res) => {
          if (req.url === '/oauth/token') this.authorizations.push(req.headers.authorization);
          serve(req, res);
        };
      },
    });
  }

  get test(): TestTenant {
    if (!this.#test) throw new Error('the tenant is not open');
    return this.#test;
  }

  /** Forges each answer that the forgery names. */
  forge(forge: Forgery): void {
    this.faults.decide = decider({ forge }, 'tenant');
  }

  /** Starts the app of a step and makes its callback known. */
  async start(step: number, env: Record<string, string> = {}): Promise<AppInProcess> {
    const { tenant, folder } = this.test;
    const { ISSUER_BASE_URL = '', CLIENT_ID = '', CLIENT_SECRET = '' } = tenant.settings();
    const app = await startAppInProcess(step, {
      ISSUER_BASE_URL,
      CLIENT_ID,
      CLIENT_SECRET,
      AUDIENCE,
      API_URL: `http://localhost:${this.#api?.port}`,
      ...env,
    });
    const yaml = YAML.replaceAll('http://localhost:3000/callback', `${app.origin}/callback`);
    fs.writeFileSync(path.join(folder, 'tenant.yaml'), yaml);
    await tenant.reload();
    return app;
  }

  async close(): Promise<void> {
    this.faults.clear();
    await this.#test?.close();
    await this.#api?.close();
  }
}

/** One user of an app. */
export class Visitor {
  readonly browser: Browser = patientBrowser();

  constructor(readonly origin: string) {}

  /** Goes through the login, as far as app and tenant let it; the status of the page where it ends. */
  async logIn(): Promise<number> {
    const first = await this.browser.get(`${this.origin}/login`);
    return (await this.browser.logIn(first, ANN)).status;
  }

  async isLoggedIn(): Promise<boolean> {
    return (await this.browser.get(`${this.origin}/profile`, { follow: false })).status === 200;
  }

  close(): void {
    this.browser.close();
  }
}
