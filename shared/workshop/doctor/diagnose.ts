import fs from 'node:fs';
import path from 'node:path';
import { PROVIDER_PORTS } from '../../identity-providers/ports';
import { attempt } from '../../lib/attempt';
import { commandContext } from '../../lib/command-context';
import { ROOT } from '../../lib/places';
import { readEnvFile } from '../../lib/settings';
import { myApp } from '../my-app';
import { app } from './app';
import { clock } from './clock';
import { credentials } from './credentials';
import { envFile } from './env';
import type { Finding } from './finding';
import { machine } from './machine';
import { localhost, type Port, ports, workspace } from './network';
import { packages } from './packages';
import { storedFiles } from './stored-files';

/** Ports by their settings: the default, the owner, and the flag of npm start; without one only checks need it. */
const PORTS: [name: string, fallback: number, of: string, flag?: string][] = [
  ['APP_PORT', 3000, 'the app', '--app-port'],
  ['GUIDE_PORT', 4000, 'the guide', '--guide-port'],
  ['TENANT_PORT', 4001, 'the tenant', '--tenant-port'],
  ['API_PORT', 4002, 'the API', '--api-port'],
  ['CHECK_TENANT_PORT', 4101, 'the checks’ tenant'],
  ['CHECK_API_PORT', 4102, 'the checks’ API'],
];

/** Looks for every known problem. Changes nothing. */
export async function diagnose(file: string): Promise<Finding[]> {
  const { env } = commandContext();
  const findings = [...machine(env), ...packages(ROOT), ...envFile(file, env), ...storedFiles()];
  // A file that cannot be read is reported already.
  const settings: Record<string, string | undefined> = { ...attempt(() => readEnvFile(file)), ...given(env) };
  const number = (name: string, fallback: number) => {
    const text = settings[name] ?? '';
    return /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65_536 ? Number(text) : fallback;
  };
  const wanted = PORTS.map(([name, fallback, of, flag]): Port => {
    const setting = flag === undefined ? `${name}=N` : `npm start -- ${flag} N, or ${name}=N`;
    return { number: number(name, fallback), of, setting, rare: flag === undefined };
  });
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
    ...(await credentials(issuer, settings)),
    ...(await app(myApp(), settings)),
  ];
}

const given = (env: NodeJS.ProcessEnv) =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
