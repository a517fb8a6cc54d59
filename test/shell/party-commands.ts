import fs from 'node:fs';
import path from 'node:path';
import type { command, Running } from '../support/command';
import { temporaryFolder } from '../support/workshop';

export const ISSUER = 'http://localhost:9/';
export const APP = { ISSUER_BASE_URL: ISSUER, CLIENT_ID: 'abc', CLIENT_SECRET: 'secret-of-the-test' };
export const API = { ISSUER_BASE_URL: ISSUER, AUDIENCE: 'https://appointments.example/api' };

/**
 * Every party as a command of its own, in a folder of its own. To be called within describe().
 *
 * @param runs in a process of its own, or in this one.
 */
export function partiesAtTheShell<R extends Running>(runs: (...args: Parameters<typeof command>) => R) {
  const { folder, remove } = temporaryFolder();
  const running: R[] = [];
  const run = (...args: Parameters<typeof command>) => {
    const one = runs(args[0], args[1], { cwd: folder, ...args[2] });
    running.push(one);
    return one;
  };
  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.stop('SIGKILL')));
    fs.rmSync(path.join(folder, '.env'), { force: true });
  });
  after(remove);

  const tenant = (args: string[] = [], env = {}) =>
    run('shared/workshop/tenant.ts', ['--data', path.join(folder, 'data'), ...args], { env });
  const api = (args: string[] = [], env = {}) => run('shared/api/main.ts', args, { env });
  const app = (args: string[] = [], env = {}) => run('shared/workshop/app.ts', ['2', ...args], { env });
  const provider = (which: string, args: string[], env = {}) =>
    run(`shared/identity-providers/${which}/main.ts`, ['--data', path.join(folder, 'data'), ...args], {
      env,
    });
  const parties: [string, (port: string[], more?: object) => R, string, string][] = [
    ['tenant', (port, more) => tenant(port, more), 'ISSUER_BASE_URL', 'TENANT_PORT'],
    ['API', (port, more) => api(port, { ...API, ...more }), 'API_URL', 'API_PORT'],
    ['social provider', (port, more) => provider('social', port, more), 'SOCIAL_URL', 'SOCIAL_PORT'],
    ['SAML identity provider', (port, more) => provider('saml', port, more), 'SAML_URL', 'SAML_PORT'],
    ['app', (port, more) => app(port, { ...APP, ...more }), 'BASE_URL', 'PORT'],
  ];

  return { folder, run, tenant, api, app, parties };
}
