import path from 'node:path';
import { startApp } from '../app-runner/start-app';
import { hasStores } from '../app-runner/stores';
import { APP_SETTINGS } from '../lib/app-settings';
import { commandContext } from '../lib/command-context';
import { commandLine } from '../lib/command-line';
import { openListeningParty } from '../lib/foreground';
import { printableOutput } from '../lib/printable';
import { port, readEnvFile, readSettings } from '../lib/settings';
import { UserError } from '../lib/user-error';
import { findStep, materialise, workFolder } from '../steps/layers';
import { sessionSecret } from './session-secret';
import { storeSettings } from './store-settings';

/** `npm run -s app -- STEP`: the finished app of one step in the foreground. */
export async function runAppCommand(): Promise<void> {
  const program = commandLine('npm run -s app --')
    .description('Runs the finished app of a step until Ctrl-C.')
    .argument('<step>', 'a step: 4, 04 or its name')
    .option('--port <n>', 'port to listen on; 0 selects a free port (PORT, default 3000)')
    .option('--env <file>', 'file with settings (default .env)')
    .parse();
  const flags = program.opts<{ port?: string; env?: string }>();
  const step = findStep(program.args[0] ?? '');
  const { env: given, stderr } = commandContext();
  const file = flags.env ?? '.env';
  const { port: wanted } = readSettings(
    { port: { env: 'PORT', flag: flags.port, flagName: '--port', fallback: '3000', parse: port } },
    { envFile: file, mustExist: flags.env !== undefined },
  );
  const fromFile = readEnvFile(file);
  const folder = path.join(workFolder(), 'apps', step.id);
  materialise(step.number, folder);
  const env: Record<string, string> = {
    SESSION_SECRET: sessionSecret(),
    ...(hasStores(folder) ? storeSettings(file) : {}),
  };
  for (const name of APP_SETTINGS) {
    const value = given[name] || fromFile[name];
    if (value) env[name] = value;
  }
  const app = await startApp(folder, {
    port: wanted,
    env,
    onOutput: (text) => stderr.write(printableOutput(text)),
  });
  openListeningParty({ BASE_URL: env.BASE_URL ?? app.origin }, app.close);
  // What it wrote last may arrive after its end.
  await app.ended;
  const code = app.child.exitCode;
  if (code !== null && code !== 0)
    throw new UserError(`The app ended by itself with exit code ${code}; its output is above.`);
}
