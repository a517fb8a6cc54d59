import fs from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { startApi } from '../api';
import { closeOnSignal } from '../party/foreground';
import { port, readSettings } from '../party/settings';
import { runMain, UserError } from '../party/user-error';
import { startTenant } from '../tenant';
import { DEMO_USERS } from '../tenant/demo-users';
import { findPort, startApp } from './app-process';
import { findStep, listSteps, materialise, ROOT, WORK } from './layers';
import { sessionSecret } from './session-secret';

/** `npm start`: tenant, API and the newest finished step's app, and one table that says what to do. */
runMain(async () => {
  const program = new Command('npm start --')
    .description('Runs the workshop until Ctrl-C: tenant, API and app.')
    .option('--app-port <n>', 'the app’s port (APP_PORT, default 3000)')
    .option('--tenant-port <n>', 'the tenant’s port (TENANT_PORT, default 4001)')
    .option('--api-port <n>', 'the API’s port (API_PORT, default 4002)')
    .option('--step <step>', 'the step whose app runs (default: the newest)')
    .allowExcessArguments(false)
    .parse();
  const flags = program.opts<Record<string, string | undefined>>();
  const ports = readSettings(
    {
      app: { env: 'APP_PORT', flag: flags.appPort, flagName: '--app-port', fallback: '3000', parse: port },
      tenant: {
        env: 'TENANT_PORT',
        flag: flags.tenantPort,
        flagName: '--tenant-port',
        fallback: '4001',
        parse: port,
      },
      api: { env: 'API_PORT', flag: flags.apiPort, flagName: '--api-port', fallback: '4002', parse: port },
    },
    { envFile: path.join(ROOT, '.env') },
  );
  const step = flags.step === undefined ? listSteps().at(-1) : findStep(flags.step);
  if (!step) throw new Error('there is no step');
  const folder = path.join(WORK, 'apps', step.id);
  materialise(step.number, folder);

  const closing: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const one of closing.splice(0).reverse()) await one();
  };
  closeOnSignal(close);
  try {
    // Known before the tenant starts, which registers the app's callback; taken ports end here, with nothing started.
    const appPort = await findPort(ports.app, '--app-port N or APP_PORT');
    const config = tenantFile(folder, appPort);
    const tenant = await startTenant({
      port: ports.tenant,
      config,
      users: path.join(ROOT, 'shared/tenant/users.json'),
      data: path.join(WORK, 'tenant'),
    });
    closing.push(tenant.close);
    const settings = tenant.settings();
    const api = await startApi({
      port: ports.api,
      issuer: new URL(tenant.issuer),
      audience: settings.AUDIENCE ?? '',
    });
    closing.push(api.close);
    const app = await startApp(folder, {
      port: appPort,
      setting: '--app-port N or APP_PORT',
      env: { ...settings, API_URL: api.origin, SESSION_SECRET: sessionSecret() },
      onOutput: (text) => process.stderr.write(text.replace(/^(?=.)/gm, 'app: ')),
    });
    closing.push(app.close);
    process.stdout.write(table({ app: app.origin, tenant: tenant.origin, api: api.origin, step: step.name }));
    const code = await app.exited;
    if (code !== null && code !== 0)
      throw new UserError(`The app ended by itself with exit code ${code}; its last words stand above.`);
  } catch (error) {
    await close();
    throw error;
  }
});

/** tenant.yaml of the step, with the app's callback where another port was chosen. */
function tenantFile(folder: string, appPort: number): string {
  const file = path.join(folder, 'tenant.yaml');
  if (appPort === 3000) return file;
  const text = fs
    .readFileSync(file, 'utf8')
    .replaceAll('http://localhost:3000/', `http://localhost:${appPort}/`);
  fs.writeFileSync(file, text);
  return file;
}

function table({
  app,
  tenant,
  api,
  step,
}: {
  app: string;
  tenant: string;
  api: string;
  step: string;
}): string {
  const rows: [string, string][] = [
    ['Open', `${app}/`],
    ['Log in as', DEMO_USERS.map(({ email, password }) => `${email}  password: ${password}`).join('\n')],
    ['App', `${app}  (${step})`],
    ['Tenant', `${tenant}/  what an application may ask for`],
    ['API', `${api}/appointments`],
    ['Lesson', `steps/${listSteps()[0]?.name}/README.md`],
    ['Stop', 'Ctrl-C'],
    ['Next', 'npm run -s tenant -- --show   what an application may ask for'],
  ];
  const lines = rows.flatMap(([label, text]) =>
    text.split('\n').map((line, i) => `  ${(i === 0 ? label : '').padEnd(10)} ${line}`),
  );
  return `\nCall Your API is running.\n\n${lines.join('\n')}\n\n`;
}
