import fs from 'node:fs';
import path from 'node:path';
import { followFaults } from '../../faults/follow';
import { commandContext } from '../../lib/command-context';
import { commandLine } from '../../lib/command-line';
import { openListeningParty } from '../../lib/foreground';
import type { OwnProviders, ProviderSettings } from '../../lib/own-providers';
import { myApp, ROOT, workFolder } from '../../lib/places';
import { prefixed } from '../../lib/prefix';
import {
  type Flags,
  httpsOrLoopbackUrl,
  port,
  readEnvFile,
  readSettings,
  text,
  yesOrNo,
} from '../../lib/settings';
import { UserError } from '../../lib/user-error';
import { startTenant } from '../index';
import { logLine } from '../log-line';
import { overviewText } from '../overview';
import { addKeyCommands } from './keys';
import { addManagementCommand } from './management';
import { workingCopy } from './working-copy';

type KnownProviders = (data: string, at: { social: () => string; saml: () => string }) => OwnProviders;

/** `npm run -s tenant`: one tenant in the foreground.
 * @param ownProviders what the tenant knows of a data folder's. */
export async function runTenantCommand(
  providers: ProviderSettings,
  ownProviders: KnownProviders,
): Promise<void> {
  const program = commandLine('npm run -s tenant --')
    .description('Runs the embedded authorization server until Ctrl-C.')
    .option('--port <n>', 'port to listen on; 0 takes a free one (TENANT_PORT, default 4001)')
    .option('--config <file>', 'tenant.yaml (TENANT_CONFIG)')
    .option('--users <file>', 'users.json (TENANT_USERS)')
    .option('--roles <file>', 'user-roles.json (TENANT_ROLES, default beside users.json)')
    .option('--issuer <url>', 'issuer, default http://localhost:PORT/ (TENANT_ISSUER)')
    .option(
      '--https',
      'speak https, with a local certificate authority stored in the data folder (TENANT_HTTPS)',
    )
    .option('--data <dir>', 'folder for keys and credentials (TENANT_DATA)')
    .option('--env <file>', 'file with settings (default .env)')
    .option('--reset', 'make new keys and credentials')
    .option('--show', 'print what applications may ask for, and exit')
    .action(() => {
      const [unknown] = program.args;
      if (unknown === undefined) return run(program.opts(), providers, ownProviders);
      const known = program.commands.map((command) => command.name()).join(', ');
      throw new UserError(
        `There is no command "${unknown}". There are ${known}; without a command the tenant runs.`,
      );
    });
  addKeyCommands(program, () => readSettings(settingsOfData(), { flags: program.opts() }).data);
  addManagementCommand(program, () => {
    const settings = readSettings(settingsOfIssuer(), { flags: program.opts() });
    const issuer = settings.issuer ?? `${settings.https ? 'https' : 'http'}://localhost:${settings.port}/`;
    return { ...settings, issuer };
  });
  // Else commander reports an unknown command as "too many arguments". Known commands remain strict.
  program.allowExcessArguments(true);
  await program.parseAsync();
}

async function run(
  flags: Flags & { reset?: boolean; show?: boolean },
  providers: ProviderSettings,
  ownProviders: KnownProviders,
): Promise<void> {
  const { env, stdout, stderr } = commandContext();
  const settings = readSettings(
    {
      ...settingsOfIssuer(),
      config: { env: 'TENANT_CONFIG', fallback: '', parse: (v: string) => v },
      users: { env: 'TENANT_USERS', fallback: path.join(__dirname, '..', 'users.json'), parse: text },
      roles: { env: 'TENANT_ROLES', fallback: '', parse: (v: string) => v || undefined },
      ...providers,
    },
    { flags },
  );
  const { issuer, roles, social, saml, providersData, ...files } = settings;
  const reset = flags.reset ?? false;
  files.config ||= defaultConfig(files.data, reset);
  const faults = flags.show
    ? undefined
    : followFaults((party, words) => {
        if (party === 'tenant') stderr.write(prefixed('tenant', `faults: the tenant ${words}\n`));
      });
  const tenant = await startTenant({
    ...files,
    ...(issuer ? { issuer } : {}),
    ...(roles ? { roles } : {}),
    // Placeholders in tenant.yaml are settings too: the environment overrides .env.
    env: { ...readEnvFile(flags.env ?? '.env'), ...env },
    providers: ownProviders(providersData, { social: () => social, saml: () => saml }),
    reset,
    watch: !flags.show,
    nextKey: !flags.show,
    port: flags.show ? 0 : settings.port,
    ...(faults ? { wrap: (handler) => faults.of('tenant').wrap(handler) } : {}),
  }).catch(async (error) => {
    // A file watch keeps a process from ending.
    await faults?.close();
    throw error;
  });
  if (flags.show) {
    // The address of the later tenant, not the free port of this moment.
    const its = issuer ?? `http://localhost:${settings.port}/`;
    stdout.write(overviewText({ ...tenant.overview(), issuer: String(its) }));
    return tenant.close();
  }
  tenant.events.log((event) => stderr.write(prefixed('tenant', `${logLine(event)}\n`)));
  await faults?.ready;
  openListeningParty(tenant.settings(), async () => {
    await faults?.close();
    await tenant.close();
  });
}

const settingsOfData = () => ({
  data: { env: 'TENANT_DATA', fallback: path.join(workFolder(), 'tenant'), parse: text },
});

const settingsOfIssuer = () => ({
  ...settingsOfData(),
  port: { env: 'TENANT_PORT', fallback: '4001', parse: port },
  https: { env: 'TENANT_HTTPS', fallback: 'false', parse: yesOrNo },
  issuer: {
    env: 'TENANT_ISSUER',
    fallback: '',
    parse: (v: string) => (v ? httpsOrLoopbackUrl(v).href : undefined),
  },
});

/** The learner's file if it exists, else a copy of the newest step's. */
function defaultConfig(data: string, reset: boolean): string {
  const own = path.join(myApp(), 'tenant.yaml');
  if (fs.existsSync(own)) return own;
  const steps = path.join(ROOT, 'steps');
  const found = fs
    .readdirSync(steps)
    .sort()
    .reverse()
    .map((step) => path.join(steps, step, 'app', 'tenant.yaml'));
  const newest = found.find((file) => fs.existsSync(file));
  return newest ? workingCopy(newest, data, reset) : 'tenant.yaml';
}
