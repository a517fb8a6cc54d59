import { ownProviders } from '../identity-providers/own';
import { PROVIDER_PORTS } from '../identity-providers/ports';
import { startSaml } from '../identity-providers/saml';
import { BRAND as LARKFIELD } from '../identity-providers/saml/brand';
import { providersData } from '../identity-providers/settings';
import { startSocial } from '../identity-providers/social';
import { BRAND as GAGGLE } from '../identity-providers/social/brand';
import { UserError } from '../lib/user-error';

/** Starts both identity providers. @param ports undefined: the usual one, or a free one if another workshop has it.
 * @param issuer the tenant's, read at the first login. */
export async function startProviders(
  ports: { social: number | undefined; saml: number | undefined },
  issuer: () => string,
  log: (party: 'social' | 'saml', line: string) => void,
) {
  const data = providersData();
  const [social, saml] = await Promise.all([
    anywhere(ports.social, PROVIDER_PORTS.social, (port) =>
      startSocial({
        port,
        data,
        callbacks: () => [new URL('/login/callback', issuer()).href],
        log: (line) => log('social', line),
      }),
    ),
    anywhere(ports.saml, PROVIDER_PORTS.saml, (port) =>
      startSaml({ port, data, tenant: issuer, log: (line) => log('saml', line) }),
    ),
  ]);
  return {
    /** What the tenant needs to know of them. */
    known: ownProviders(data, { social: () => social.origin, saml: () => saml.origin }),
    social: social.origin,
    saml: saml.origin,
    /** Names by origin. */
    names: [
      [social.origin, GAGGLE.name],
      [saml.origin, LARKFIELD.name],
    ] as const,
    close: async () => {
      await Promise.all([social.close(), saml.close()]);
    },
  };
}

async function anywhere<T>(
  wanted: number | undefined,
  usual: number,
  start: (port: number) => Promise<T>,
): Promise<T> {
  try {
    return await start(wanted ?? usual);
  } catch (error) {
    if (wanted !== undefined || !(error instanceof UserError)) throw error;
    return start(0);
  }
}
