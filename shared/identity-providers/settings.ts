import path from 'node:path';
import type { ProviderSettings } from '../lib/own-providers';
import { workFolder } from '../lib/places';
import { type Flags, httpsOrLoopbackUrl, port, readSettings, type Setting, text } from '../lib/settings';
import { PROVIDER_PORTS } from './ports';

/** Keys of the providers; a tenant on this machine reads them there. */
export const providersData = (): string => path.join(workFolder(), 'identity-providers');

/** @throws UserError naming each wrong setting. */
export function providerSettings(which: keyof typeof PROVIDER_PORTS, flags: Flags) {
  const envPort = `${which.toUpperCase()}_PORT`;
  const issuer = (value: string) => httpsOrLoopbackUrl(value).href;
  return readSettings(
    {
      port: { env: envPort, fallback: String(PROVIDER_PORTS[which]), parse: port },
      tenant: { env: 'TENANT_ISSUER', fallback: 'http://localhost:4001/', parse: issuer },
      data: dataSetting(),
    },
    { flags },
  );
}

const dataSetting = () => ({ env: 'PROVIDERS_DATA', fallback: providersData(), parse: text });

/** Where a tenant in its own process finds the providers. */
export const ownProviderSettings = (): ProviderSettings => ({
  social: placeOf('social'),
  saml: placeOf('saml'),
  providersData: dataSetting(),
});

function placeOf(which: keyof typeof PROVIDER_PORTS): Setting<string> {
  return {
    env: `${which.toUpperCase()}_URL`,
    fallback: `http://localhost:${PROVIDER_PORTS[which]}`,
    parse: (value) => httpsOrLoopbackUrl(value).origin,
  };
}
