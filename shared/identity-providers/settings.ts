import path from 'node:path';
import type { ProviderSettings } from '../lib/own-providers';
import { workFolder } from '../lib/places';
import { httpsOrLoopbackUrl, port, readSettings, type Setting, text } from '../lib/settings';
import { PROVIDER_PORTS } from './ports';

/** Keys of the providers; a tenant on this machine reads them there. */
export const providersData = (): string => path.join(workFolder(), 'identity-providers');

export interface ProviderFlags {
  port?: string;
  tenant?: string;
  data?: string;
  env?: string;
}

/** @throws UserError naming each wrong setting. */
export function providerSettings(which: keyof typeof PROVIDER_PORTS, flags: ProviderFlags) {
  return readSettings(
    {
      port: {
        env: `${which.toUpperCase()}_PORT`,
        flag: flags.port,
        flagName: '--port',
        fallback: String(PROVIDER_PORTS[which]),
        parse: port,
      },
      tenant: {
        env: 'TENANT_ISSUER',
        flag: flags.tenant,
        flagName: '--tenant',
        fallback: 'http://localhost:4001/',
        parse: (value) => httpsOrLoopbackUrl(value).href,
      },
      data: dataSetting(flags.data),
    },
    { envFile: flags.env ?? '.env', mustExist: flags.env !== undefined },
  );
}

const dataSetting = (flag?: string): Setting<string> => ({
  env: 'PROVIDERS_DATA',
  flag,
  flagName: '--data',
  fallback: providersData(),
  parse: text,
});

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
