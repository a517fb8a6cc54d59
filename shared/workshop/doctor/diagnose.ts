import fs from 'node:fs';
import path from 'node:path';
import { PROVIDER_PORTS } from '../../identity-providers/ports';
import { commandContext } from '../../lib/command-context';
import { ROOT } from '../../lib/places';
import { readEnvFile } from '../env-file';
import { myApp } from '../my-app';
import { app } from './app';
import { clock } from './clock';
import { envFile } from './env';
import type { Finding } from './finding';
import { machine } from './machine';
import { localhost, type Port, ports, workspace } from './network';
import { packages } from './packages';
import { kept } from './stored-files';

/** Looks for every known problem. Changes nothing. */
export async function diagnose(
  file: string,
  env: NodeJS.ProcessEnv = commandContext().env,
): Promise<Finding[]> {
  const findings = [...machine(env), ...packages(ROOT), ...envFile(file, env), ...kept()];
  const settings = { ...settingsIn(file), ...given(env) };
  const number = (name: string, fallback: number) => {
    const text = settings[name] ?? '';
    return /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65_536 ? Number(text) : fallback;
  };
  const wanted: Port[] = [
    { number: number('APP_PORT', 3000), of: 'the app', setting: 'npm start -- --app-port N, or APP_PORT=N' },
    {
      number: number('GUIDE_PORT', 4000),
      of: 'the guide',
      setting: 'npm start -- --guide-port N, or GUIDE_PORT=N',
    },
    {
      number: number('TENANT_PORT', 4001),
      of: 'the tenant',
      setting: 'npm start -- --tenant-port N, or TENANT_PORT=N',
    },
    { number: number('API_PORT', 4002), of: 'the API', setting: 'npm start -- --api-port N, or API_PORT=N' },
    {
      number: number('CHECK_TENANT_PORT', 4101),
      of: 'the checks’ tenant',
      setting: 'CHECK_TENANT_PORT=N',
      rare: true,
    },
    {
      number: number('CHECK_API_PORT', 4102),
      of: 'the checks’ API',
      setting: 'CHECK_API_PORT=N',
      rare: true,
    },
  ];
  const visited = [
    ...wanted.filter(({ rare }) => !rare).map((one) => one.number),
    number('SOCIAL_PORT', PROVIDER_PORTS.social),
    number('SAML_PORT', PROVIDER_PORTS.saml),
  ];
  const issuer = URL.canParse(settings.ISSUER_BASE_URL ?? '')
    ? new URL(settings.ISSUER_BASE_URL ?? '')
    : undefined;
  const written = fs.statSync(path.join(ROOT, 'package.json')).mtimeMs;
  return [
    ...findings,
    ...workspace(visited, env),
    ...(await ports(wanted)),
    ...(await localhost()),
    ...(await clock(issuer, Math.min(written, Date.UTC(2026, 0, 1)))),
    ...(await app(myApp(), settings)),
  ];
}

const given = (env: NodeJS.ProcessEnv) =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));

/** Empty when the file cannot be read, which is reported already. */
function settingsIn(file: string): Record<string, string> {
  try {
    return readEnvFile(file);
  } catch {
    return {};
  }
}
