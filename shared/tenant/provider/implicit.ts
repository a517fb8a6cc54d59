import type { Provider } from 'oidc-provider';
import { errors } from '../../lib/oidc-provider';

/** The library's internals that are used here. */
interface ClientModel {
  prototype: {
    grantTypes: string[];
    responseTypeAllowed(type: string): boolean;
    responseModeAllowed(mode: string, type: string | undefined, profile?: string): boolean;
  };
  Schema: { prototype: { invalidate(message: string, code?: string): void } };
}

/** Auth0 allows http callbacks for every application. */
const ONLY_HTTPS = new Set(['implicit-force-https', 'implicit-forbid-localhost']);

/** Auth0's "Implicit Flow with Form Post" (OpenID Connect Core 3.2): only response_type=id_token with form_post, for
 * the grant type `implicit`. Without the grant type of a response type: unauthorized_client, in Auth0's words. */
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

export function responseTypes(grantTypes: readonly string[]): ('code' | 'id_token')[] {
  return [
    ...(grantTypes.includes('authorization_code') ? (['code'] as const) : []),
    ...(grantTypes.includes('implicit') ? (['id_token'] as const) : []),
  ];
}
