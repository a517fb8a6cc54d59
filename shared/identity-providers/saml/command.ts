import { runProvider } from '../command';
import { startSaml } from './index';
import { onOneLine, samlKeys } from './keys';

/** `npm run -s saml`: the SAML identity provider in the foreground. */
export const runSamlCommand = (): Promise<void> =>
  runProvider('saml', 'Larkfield Clinic, a SAML identity provider', 'the signing key', async (settings) => {
    const { tenant, ...options } = settings;
    const { origin, close } = await startSaml({ ...options, tenant: () => tenant });
    const cert = onOneLine((await samlKeys(options.data)).certificate);
    return { lines: { SAML_URL: origin, SAML_SIGN_IN_URL: `${origin}/sso`, SAML_SIGNING_CERT: cert }, close };
  });
