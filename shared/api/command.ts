import { followFaults } from '../faults/follow';
import { commandLine } from '../lib/command-line';
import { openListeningParty } from '../lib/foreground';
import { httpsOrLoopbackUrl, port, readSettings, text } from '../lib/settings';
import { err } from '../lib/terminal';
import { startApi } from './index';

/** `npm run -s api`: the Appointments API in the foreground. */
export async function runApiCommand(): Promise<void> {
  const program = commandLine('npm run -s api --')
    .description('Runs the Appointments API until Ctrl-C.')
    .option('--port <n>', 'port to listen on; 0 takes a free one (API_PORT, default 4002)')
    .option('--env <file>', 'file with settings (default .env)')
    .parse();
  const settings = readSettings(
    {
      port: { env: 'API_PORT', fallback: '4002', parse: port },
      issuer: { env: 'ISSUER_BASE_URL', parse: httpsOrLoopbackUrl },
      audience: { env: 'AUDIENCE', parse: text },
    },
    { flags: program.opts() },
  );
  const faults = followFaults((party, words) => {
    if (party === 'api') err(`api: faults: the API ${words}\n`);
  });
  const api = await startApi({
    ...settings,
    wrap: (handler) => faults.of('api').wrap(handler),
  }).catch(async (error) => {
    // A file watch keeps a process from ending.
    await faults.close();
    throw error;
  });
  err(`api: listens at ${api.origin}, for ${settings.audience}\n`);
  await faults.ready;
  openListeningParty({ API_URL: api.origin }, async () => {
    await faults.close();
    await api.close();
  });
}
