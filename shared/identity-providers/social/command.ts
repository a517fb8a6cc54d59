import { commandLine } from '../../lib/command-line';
import { openListeningParty } from '../../lib/foreground';
import { printable } from '../../lib/printable';
import { err } from '../../lib/terminal';
import { providerSettings } from '../settings';
import { startSocial } from './index';
import { SOCIAL_CLIENT_ID, socialKeys } from './keys';

/** `npm run -s social`: the social provider in the foreground. */
export async function runSocialCommand(): Promise<void> {
  const program = commandLine('npm run -s social --')
    .description('Runs Gaggle, a social provider to practise with, until Ctrl-C.')
    .option('--port <n>', 'port to listen on; 0 takes a free one (SOCIAL_PORT, default 4003)')
    .option('--tenant <url>', 'the tenant that may ask (TENANT_ISSUER, default http://localhost:4001/)')
    .option('--data <dir>', 'folder for keys and the tenant’s secret (PROVIDERS_DATA)')
    .option('--env <file>', 'file with settings (default .env)')
    .parse();
  const { port, data, tenant } = providerSettings('social', program.opts());
  const social = await startSocial({
    port,
    data,
    callbacks: () => [new URL('/login/callback', tenant).href],
    log: (line) => err(`social: ${printable(line)}\n`),
  });
  const { client_secret } = await socialKeys(data);
  openListeningParty(
    { SOCIAL_URL: social.origin, SOCIAL_CLIENT_ID, SOCIAL_CLIENT_SECRET: client_secret },
    social.close,
  );
}
