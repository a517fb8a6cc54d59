import * as oidc from 'openid-client';
import { ISSUER } from '../../config/application';
import { Problem } from '../controllers/application_controller';

let known: oidc.Configuration | undefined;

export async function tenant() {
  if (known) return known;
  const { CLIENT_ID, CLIENT_SECRET } = process.env;
  const execute = [oidc.enableNonRepudiationChecks];
  if (ISSUER.startsWith('http:')) execute.push(oidc.allowInsecureRequests);
  try {
    known = await oidc.discovery(new URL(ISSUER), CLIENT_ID!, CLIENT_SECRET, oidc.ClientSecretPost(CLIENT_SECRET!), { execute, timeout: 8 });
  } catch (error) {
    console.error('discovery', error);
    throw new Problem(503, 'No login at the moment', 'The login service does not answer. Try again in a minute.', ['/', 'Home']);
  }
  return known;
}
