import * as oidc from 'openid-client';
import { settings } from './settings';
import { Problem } from './html';

let cached: oidc.Configuration | undefined;
export async function provider(): Promise<oidc.Configuration> {
  if (cached) return cached;
  try {
    const insecure = new URL(settings.issuer).protocol === 'http:' ? [oidc.allowInsecureRequests] : [];
    cached = await oidc.discovery(new URL(settings.issuer), settings.clientId, undefined, oidc.ClientSecretPost(settings.clientSecret), {
      execute: [...insecure, oidc.enableNonRepudiationChecks],
      timeout: 5,
    });
    return cached;
  } catch (e) {
    console.error(e);
    throw new Problem(503, 'Login is not available', 'The login server does not answer.', '/', 'Home');
  }
}

export const scope = [
  'openid profile email',
].join(' ');
