import { commandLine } from '../../lib/command-line';
import { openListeningParty } from '../../lib/foreground';
import { printable } from '../../lib/printable';
import { err } from '../../lib/terminal';
import { providerSettings } from '../settings';
import { startSaml } from './index';
import { onOneLine, samlKeys } from './keys';

/** `npm run -s saml`: the SAML identity provider in the foreground. */
export async function runSamlCommand(): Promise<void> {
  const program = commandLine('npm run -s saml --')
    .description('Runs Larkfield Clinic, a SAML identity provider to practise with, until Ctrl-C.')
    .option('--port <n>', 'port to listen on; 0 takes a free one (SAML_PORT, default 4004)')
    .option('--tenant <url>', 'the tenant that may ask (TENANT_ISSUER, default http://localhost:4001/)')
    .option('--data <dir>', 'folder for the signing key (PROVIDERS_DATA)')
    .option('--env <file>', 'file with settings (default .env)')
    .parse();
  const { port, data, tenant } = providerSettings('saml', program.opts());
  const saml = await startSaml({
    port,
    data,
    tenant: () => tenant,
    log: (line) => err(`saml: ${printable(line)}\n`),
  });
  const { certificate } = await samlKeys(data);
  openListeningParty(
    {
      SAML_URL: saml.origin,
      SAML_SIGN_IN_URL: `${saml.origin}/sso`,
      SAML_SIGNING_CERT: onOneLine(certificate),
    },
    saml.close,
  );
}
