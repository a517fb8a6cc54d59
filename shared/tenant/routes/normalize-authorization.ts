import { CONSENT_IMPLIED } from '../provider/consent';

/**
 * Changes the parameters of an authorization request, at /authorize or pushed before it (RFC 9126):
 * - offline_access without prompt=consent, which OpenID Connect Core 11 asks for. The prompt is added here, with a
 *   mark by which the consent page is not shown for its sake, and prompt=none stays silent.
 * - prompt=select_account: the login page is where one selects.
 * - nonce without openid: there will be no ID token for it, and nothing is wrong with asking, unless nothing but that token was asked for.
 * - max_age=0 within the second of the login: it means prompt=login (OpenID Connect Core 3.1.2.1).
 */
export function normalizeAuthorization(parameters: URLSearchParams): void {
  // Nobody but the tenant may say that consent is implied.
  parameters.delete(CONSENT_IMPLIED);
  const one = (name: string) => parameters.get(name) ?? '';
  // A parameter that is sent twice stays so, and is refused (RFC 6749, section 3.1).
  if (parameters.getAll('prompt').length > 1) return;
  const prompts = new Set(one('prompt').split(' ').filter(Boolean));
  // Nor does none stand beside another one (OpenID Connect Core 3.1.2.1).
  if (prompts.has('none') && prompts.size > 1) return;
  if ((prompts.delete('select_account') || one('max_age') === '0') && !prompts.has('none'))
    prompts.add('login');
  const scopes = one('scope').split(' ');
  if (!scopes.includes('openid') && one('response_type') !== 'id_token') parameters.delete('nonce');
  if (scopes.includes('offline_access') && !prompts.has('consent')) {
    parameters.set(CONSENT_IMPLIED, `prompt=${one('prompt')}`);
    prompts.delete('none');
    prompts.add('consent');
  }
  if (prompts.size > 0) parameters.set('prompt', [...prompts].join(' '));
}
