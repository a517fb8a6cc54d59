import * as oidc from 'openid-client';
import { env } from './settings';

let found: Promise<oidc.Configuration> | undefined;

/** Discovery, once. A failure is not remembered. */
export function provider(): Promise<oidc.Configuration> {
  const execute = [oidc.enableNonRepudiationChecks];
  if (env.issuer.startsWith('http://')) execute.push(oidc.allowInsecureRequests);
  found ??= oidc
    .discovery(new URL(env.issuer), env.clientId, env.clientSecret, oidc.ClientSecretPost(env.clientSecret), { execute, timeout: 8 })
    .catch((error) => {
      found = undefined;
      throw error;
    });
  return found;
}
