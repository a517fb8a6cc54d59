import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Api, startApi } from '../../shared/api';
import { type AppProcess, startApp } from '../../shared/app-runner/start-app';
import { Browser, type Page } from '../../shared/browser';
import { materialise, ROOT, workFolder } from '../../shared/steps/layers';
import { startTenant, type Tenant, type TenantOptions } from '../../shared/tenant';
import { DEMO_USERS } from '../../shared/tenant/demo-users';
import { shareKeys } from '../../shared/tenant/keys/key-file';

export const [ANN, BOB] = DEMO_USERS;
/** The demo users with the cheapest hashes that bcrypt has: tests log in a thousand times, and what a hash costs is no matter of theirs. */
export const USERS = path.join(ROOT, 'test/support/demo-users/users.json');
export const USER_ROLES = path.join(ROOT, 'test/support/demo-users/user-roles.json');
/** Keys for tenants that live for a test: making a pair takes longer than all else at their start. */
export const sharedKeys = (data: string): Promise<void> =>
  shareKeys(path.join(workFolder(), 'keys-of-tests'), data);

/** A folder that goes with the test. */
export function temporaryFolder(): { folder: string; remove(): void } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'call-your-api-'));
  return { folder, remove: () => fs.rmSync(folder, { recursive: true, force: true }) };
}

export interface Running {
  tenant: Tenant;
  api: Api;
  app: AppProcess;
  /** Logs Ann in from the app's /login and returns where she lands. */
  logIn(browser: Browser, returnTo?: string): Promise<Page>;
  close(): Promise<void>;
}

/** Tenant, API and the finished app of a step, for real, on free ports. */
export async function runStep(
  step: number,
  options: Partial<TenantOptions> & { app?: Record<string, string> } = {},
): Promise<Running> {
  const { folder, remove } = temporaryFolder();
  const app = path.join(workFolder(), `test-${process.pid}-${path.basename(folder)}`);
  materialise(step, app);
  const closing: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const one of closing.reverse()) await one();
    fs.rmSync(app, { recursive: true, force: true });
    remove();
  };
  try {
    // Beside the code that it names.
    const config = path.join(app, 'tenant.yaml');
    const { app: env = {}, ...rest } = options;
    const data = path.join(folder, 'data');
    await sharedKeys(data);
    const tenant = await startTenant({
      config,
      users: USERS,
      data,
      env: {},
      ...rest,
    });
    closing.push(tenant.close);
    const settings = tenant.settings();
    const api = await startApi({ issuer: new URL(tenant.issuer), audience: settings.AUDIENCE ?? '' });
    closing.push(api.close);
    const child = await startApp(app, {
      env: { ...settings, API_URL: api.origin, SESSION_SECRET: 'x'.repeat(32), ...env },
    });
    closing.push(child.close);
    // The app's port is known only now: a save of tenant.yaml, as a learner's, brings its callback in.
    const loaded = new Promise<void>((resolve) => {
      const end = tenant.events.subscribe((event) => {
        if (event.type === 'configuration loaded') resolve(end());
      });
    });
    const yaml = fs.readFileSync(config, 'utf8');
    fs.writeFileSync(config, yaml.replace('http://localhost:3000/callback', `${child.origin}/callback`));
    await loaded;
    const logIn = async (browser: Browser, returnTo = '/profile') =>
      browser.logIn(await browser.get(`${child.origin}/login?${new URLSearchParams({ returnTo })}`), ANN);
    return { tenant, api, app: child, logIn, close };
  } catch (error) {
    await close();
    throw error;
  }
}
