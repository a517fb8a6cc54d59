import type { Provider } from 'oidc-provider';
import { errors } from '../../lib/oidc-provider';

/** As far as the library's client is reached into here. */
interface ClientModel {
  prototype: {
    grantTypes: string[];
    responseTypeAllowed(type: string): boolean;
    responseModeAllowed(mode: string, type: string | undefined, profile?: string): boolean;
  };
  Schema: { prototype: { invalidate(message: string, code?: string): void } };
}

/** Auth0 takes http callbacks, also on localhost, for every application. */
const ONLY_HTTPS = new Set(['implicit-force-https', 'implicit-forbid-localhost']);

/**
 * Auth0's "Implicit Flow with Form Post": response_type=id_token with response_mode=form_post (OpenID Connect Core 3.2, OAuth 2.0 Form
 * Post Response Mode), for applications that have the grant type `implicit`. Nothing else of the implicit flow is served: no access
 * token leaves /authorize, and no ID token stands behind the #.
 *
 * An application without the grant type of a response type is answered unauthorized_client, in Auth0's words.
 */
export function serveImplicit(provider: Provider): void {
  const { prototype, Schema } = provider.Client as unknown as ClientModel;
  const { responseModeAllowed, responseTypeAllowed } = prototype;
  prototype.responseModeAllowed = function (mode, type, profile) {
    if (type === 'id_token' && mode !== 'form_post' && this.grantTypes.includes('implicit'))
      throw new errors.InvalidRequest('response_type=id_token is served with response_mode=form_post only');
    return responseModeAllowed.call(this, mode, type, profile);
  };
  prototype.responseTypeAllowed = function (type) {
    if (responseTypeAllowed.call(this, type)) return true;
    const grant = type === 'code' ? 'authorization_code' : 'implicit';
    throw new errors.UnauthorizedClient(`Grant type '${grant}' not allowed for the client.`);
  };
  const { invalidate } = Schema.prototype;
  Schema.prototype.invalidate = function (message, code) {
    if (!ONLY_HTTPS.has(code ?? '')) invalidate.call(this, message, code);
  };
}

/** What /authorize answers to an application, by the grant types that it has. */
export function responseTypes(grantTypes: readonly string[]): ('code' | 'id_token')[] {
  return [
    ...(grantTypes.includes('authorization_code') ? (['code'] as const) : []),
    ...(grantTypes.includes('implicit') ? (['id_token'] as const) : []),
  ];
}
