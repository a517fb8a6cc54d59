import path from 'node:path';
import { PROVIDER_PORTS } from '../identity-providers/ports';
import { commandContext } from '../lib/command-context';
import { commandLine } from '../lib/command-line';
import { httpsOrLoopbackUrl, port, readEnvFile, readSettings, text } from '../lib/settings';
import { err } from '../lib/terminal';
import { ROOT } from '../steps/layers';

export const PORTS = { app: 3000, guide: 4000, tenant: 4001, api: 4002 } as const;

type Party = keyof typeof PORTS | keyof typeof PROVIDER_PORTS;

export interface Flags extends Partial<Record<`${Party}Port`, string>> {
  step?: string;
  env: string;
  https?: boolean;
}

const OWNERS: Record<Party, string> = {
  guide: 'guide',
  app: 'app',
  tenant: 'tenant',
  api: 'API',
  social: 'social provider',
  saml: 'SAML identity provider',
};

const settingOf = (party: string) => `${party.toUpperCase()}_PORT`;

export function parseFlags(): Flags {
  const command = commandLine('npm start --').description(
    'Runs the workshop until Ctrl-C: tenant, API, your app and the guide.',
  );
  const defaults = { ...PORTS, ...PROVIDER_PORTS };
  for (const [party, owner] of Object.entries(OWNERS) as [Party, string][])
    command.option(
      `--${party}-port <n>`,
      `the ${owner}’s port (${settingOf(party)}, default ${defaults[party]})`,
    );
  return command
    .option('--step <step>', 'run the finished app of this step (default: my-app, or the last step)')
    .option('--https', 'serve the app by https, with a certificate of the local authority')
    .option('--env <file>', 'file with settings; npm start adds missing settings', path.join(ROOT, '.env'))
    .parse()
    .opts<Flags>();
}

export type Ports = ReturnType<typeof readPorts>;

/** Ports from flags, environment and .env. @throws UserError for an invalid port. */
export function readPorts(flags: Flags) {
  const of = <T>(name: Party, fallback: string, parse: (text: string) => T) => ({
    env: settingOf(name),
    flag: flags[`${name}Port`],
    flagName: `--${name}-port`,
    fallback,
    parse,
  });
  const one = (name: keyof typeof PORTS) => of(name, String(PORTS[name]), port);
  const provider = (name: keyof typeof PROVIDER_PORTS) =>
    of(name, '', (text) => (text ? port(text) : undefined));
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

/** What an app with another value than the tenant's meets. */
const EFFECTS = new Map([
  ['CLIENT_ID', 'the tenant does not know this application'],
  ['CLIENT_SECRET', 'it is wrong, and the tenant refuses it with 401 invalid_client'],
  ['AUDIENCE', 'the tenant has no such API, or this API refuses the tokens of that API'],
]);

/** Only `npm run app` and apps that are started by hand read the file. */
export function reportOthers(file: string, names: string[]): void {
  if (names.length === 0) return;
  err(
    `${file} has other values for ${names.join(', ')} than what runs now. They were not changed. Delete those lines to have them written again.\n`,
  );
  for (const name of names) if (EFFECTS.has(name)) err(`  ${name}: ${EFFECTS.get(name)}\n`);
}
