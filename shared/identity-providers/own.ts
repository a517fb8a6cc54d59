import type { OwnProviders } from '../lib/own-providers';
import { BRAND as LARKFIELD } from './saml/brand';
import { samlKeys } from './saml/keys';
import { BRAND as GAGGLE } from './social/brand';
import { SOCIAL_CLIENT_ID, socialKeys } from './social/keys';

/** What a local tenant knows of the workshop's providers, which need not run: keys are made when a login needs them.
 * @param data their folder. @param at their origins, asked at each login. */
export function ownProviders(data: string, at: { social: () => string; saml: () => string }): OwnProviders {
  return {
    social: async () => ({
      name: GAGGLE.name,
      issuer: `${at.social()}/`,
      client_id: SOCIAL_CLIENT_ID,
      client_secret: (await socialKeys(data)).client_secret,
    }),
    saml: async () => ({
      name: LARKFIELD.name,
      entityId: `${at.saml()}/metadata`,
      signInEndpoint: `${at.saml()}/sso`,
      certificate: (await samlKeys(data)).certificate,
    }),
  };
}
