import path from 'node:path';
import { PROVIDER_PORTS } from '../identity-providers/ports';
import { commandContext } from '../lib/command-context';
import { commandLine } from '../lib/command-line';
import { httpsOrLoopbackUrl, port, readEnvFile, readSettings, text } from '../lib/settings';
import { err } from '../lib/terminal';
import { ROOT } from '../steps/layers';

/** The default ports. */
export const PORTS = { app: 3000, guide: 4000, tenant: 4001, api: 4002 } as const;

export interface Flags {
  step?: string;
  env: string;
  appPort?: string;
  guidePort?: string;
  tenantPort?: string;
  apiPort?: string;
  socialPort?: string;
  samlPort?: string;
}

/** The command line of `npm start`. */
export function parseFlags(): Flags {
  return commandLine('npm start --')
    .description('Runs the workshop until Ctrl-C: tenant, API, your app and the guide.')
    .option('--guide-port <n>', `the guide’s port (GUIDE_PORT, default ${PORTS.guide})`)
    .option('--app-port <n>', `the app’s port (APP_PORT, default ${PORTS.app})`)
    .option('--tenant-port <n>', `the tenant’s port (TENANT_PORT, default ${PORTS.tenant})`)
    .option('--api-port <n>', `the API’s port (API_PORT, default ${PORTS.api})`)
    .option('--social-port <n>', `the social provider’s port (SOCIAL_PORT, default ${PROVIDER_PORTS.social})`)
    .option(
      '--saml-port <n>',
      `the SAML identity provider’s port (SAML_PORT, default ${PROVIDER_PORTS.saml})`,
    )
    .option('--step <step>', 'the finished app of a step runs (default: my-app, or the newest step)')
    .option('--env <file>', 'file with settings; what it lacks is added', path.join(ROOT, '.env'))
    .parse()
    .opts<Flags>();
}

export type Ports = ReturnType<typeof readPorts>;

/** Ports from flags, environment and .env. @throws UserError for an invalid port. */
export function readPorts(flags: Flags) {
  const one = (name: keyof typeof PORTS) => ({
    env: `${name.toUpperCase()}_PORT`,
    flag: flags[`${name}Port`],
    flagName: `--${name}-port`,
    fallback: String(PORTS[name]),
    parse: port,
  });
  const provider = (name: keyof typeof PROVIDER_PORTS) => ({
    env: `${name.toUpperCase()}_PORT`,
    flag: flags[`${name}Port`],
    flagName: `--${name}-port`,
    fallback: '',
    parse: (text: string) => (text ? port(text) : undefined),
  });
  return readSettings(
    {
      app: one('app'),
      guide: one('guide'),
      tenant: one('tenant'),
      api: one('api'),
      social: provider('social'),
      saml: provider('saml'),
    },
    { envFile: flags.env },
  );
}

/** The settings of a real tenant, if environment or .env name an issuer that is not on this machine. */
export function realTenant(envFile: string): Record<string, string> | undefined {
  const issuer = commandContext().env.ISSUER_BASE_URL || readEnvFile(envFile).ISSUER_BASE_URL;
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

/** Only `npm run app` and apps that are started by hand read the file. */
export function tellOthers(file: string, names: string[]): void {
  if (names.length === 0) return;
  err(
    `${file} has other values for ${names.join(', ')} than what runs now. They were left as they are; delete those lines to have them written anew.\n`,
  );
}
