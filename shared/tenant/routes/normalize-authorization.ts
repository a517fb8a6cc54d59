import { CONSENT_IMPLIED } from '../provider/consent';

/** Adapts an authorization request, also a pushed one (RFC 9126), to the library. max_age=0 and select_account mean
 * prompt=login (OpenID Connect Core 3.1.2.1); offline_access needs prompt=consent (section 11), marked as implied. */
export function normalizeAuthorization(parameters: URLSearchParams): void {
  // Only the tenant may mark consent as implied.
  parameters.delete(CONSENT_IMPLIED);
  const one = (name: string) => parameters.get(name) ?? '';
  // The library refuses a repeated parameter (RFC 6749, section 3.1).
  if (parameters.getAll('prompt').length > 1) return;
  const prompts = new Set(one('prompt').split(' ').filter(Boolean));
  // It also refuses `none` with another value (OpenID Connect Core 3.1.2.1).
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
