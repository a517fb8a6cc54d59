import fs from 'node:fs';
import path from 'node:path';
import { startApi } from '../api';
import { commandLine } from '../party/command-line';
import { closeOnSignal } from '../party/foreground';
import { prefixed } from '../party/prefix';
import { httpsOrLoopbackUrl, port, readSettings, text } from '../party/settings';
import { runMain, UserError } from '../party/user-error';
import { type LiveRecording, liveRecording } from '../recorder/live';
import { findPort, startApp } from '../steps/app-process';
import { findStep, listSteps, materialise, ROOT, WORK } from '../steps/layers';
import { startTenant } from '../tenant';
import { logLine } from '../tenant/log-line';
import { addMissing, readEnvFile } from './env-file';
import { sessionSecret } from './session-secret';
import { table } from './table';

/** `npm start`: tenant, API and the newest finished step's app, and one table that says what to do. */
runMain(async () => {
  const program = commandLine('npm start --')
    .description('Runs the workshop until Ctrl-C: tenant, API and app.')
    .option('--app-port <n>', 'the app’s port (APP_PORT, default 3000)')
    .option('--tenant-port <n>', 'the tenant’s port (TENANT_PORT, default 4001)')
    .option('--api-port <n>', 'the API’s port (API_PORT, default 4002)')
    .option('--step <step>', 'the step whose app runs (default: the newest)')
    .option('--env <file>', 'file with settings; what it lacks is added', path.join(ROOT, '.env'))
    .parse();
  const flags = program.opts<Record<string, string | undefined> & { env: string }>();
  const { app, tenant, api } = readSettings(
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
    { envFile: flags.env },
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
  const recording = liveRecording('npm start');
  closing.push(recording.close);
  try {
    // Known before the tenant starts, which registers the app's callback; taken ports end here, with nothing started.
    const appPort = await findPort(app, '--app-port N or APP_PORT');
    const real = realTenant(flags.env);
    const settings = real ?? (await ownTenant(folder, { port: tenant, appPort, recording }, closing));
    const runningApi = await startApi({
      port: api,
      issuer: new URL(settings.ISSUER_BASE_URL ?? ''),
      audience: settings.AUDIENCE ?? '',
      wrap: recording.wrap('api'),
    });
    closing.push(runningApi.close);
    const env = { SESSION_SECRET: sessionSecret(), ...settings, API_URL: runningApi.origin };
    const runningApp = await startApp(folder, {
      port: appPort,
      setting: '--app-port N or APP_PORT',
      env,
      onOutput: (words) => process.stderr.write(prefixed('app', words)),
    });
    closing.push(runningApp.close);
    if (!real) tellOthers(flags.env, addMissing(flags.env, { ...env, BASE_URL: runningApp.origin }));
    process.stdout.write(
      table({
        app: runningApp.origin,
        step: step.name,
        tenant: settings.ISSUER_BASE_URL ?? '',
        real: real !== undefined,
        api: runningApi.origin,
      }),
    );
    const code = await runningApp.exited;
    if (code !== null && code !== 0)
      throw new UserError(`The app ended by itself with exit code ${code}; its last words stand above.`);
  } catch (error) {
    await close();
    throw error;
  }
});

/** Starts the embedded tenant and returns what the app needs to know of it. */
async function ownTenant(
  folder: string,
  { port: wanted, appPort, recording }: { port: number; appPort: number; recording: LiveRecording },
  closing: (() => Promise<void>)[],
): Promise<Record<string, string>> {
  const tenant = await startTenant({
    port: wanted,
    config: tenantFile(folder, appPort),
    users: path.join(ROOT, 'shared/tenant/users.json'),
    data: path.join(WORK, 'tenant'),
    wrap: recording.wrap('tenant'),
  });
  closing.push(tenant.close);
  tenant.events.subscribe((event) => process.stderr.write(prefixed('tenant', `${logLine(event)}\n`)));
  return tenant.settings();
}

/** The settings of a real tenant, when the environment or .env names one: an issuer that is not on this machine. */
function realTenant(envFile: string): Record<string, string> | undefined {
  const issuer = process.env.ISSUER_BASE_URL || readEnvFile(envFile).ISSUER_BASE_URL;
  if (!issuer || !URL.canParse(issuer)) return undefined;
  if (['localhost', '127.0.0.1', '[::1]'].includes(new URL(issuer).hostname)) return undefined;
  const found = readSettings(
    {
      ISSUER_BASE_URL: { env: 'ISSUER_BASE_URL', parse: httpsOrLoopbackUrl },
      CLIENT_ID: { env: 'CLIENT_ID', parse: text },
      CLIENT_SECRET: { env: 'CLIENT_SECRET', parse: text },
      AUDIENCE: { env: 'AUDIENCE', parse: text },
    },
    { envFile },
  );
  return { ...found, ISSUER_BASE_URL: found.ISSUER_BASE_URL.href };
}

/** Only `npm run app` and apps started by hand read the file; here the running tenant's own settings are used. */
function tellOthers(file: string, names: string[]): void {
  if (names.length === 0) return;
  process.stderr.write(
    `${file} has other values for ${names.join(', ')} than what runs now. They were left as they are; delete those lines to have them written anew.\n`,
  );
}

/** tenant.yaml of the step, with the app's callback where another port was chosen. */
function tenantFile(folder: string, appPort: number): string {
  const file = path.join(folder, 'tenant.yaml');
  if (appPort === 3000) return file;
  const changed = fs
    .readFileSync(file, 'utf8')
    .replaceAll('http://localhost:3000/', `http://localhost:${appPort}/`);
  fs.writeFileSync(file, changed);
  return file;
}
