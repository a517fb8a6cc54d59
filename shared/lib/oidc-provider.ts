import type * as OidcProvider from 'oidc-provider';
import { withoutWarnings } from './without-warnings';

// Its line "Unsupported runtime" on Node.js 20, where all tests pass, would only confuse.
export const { Provider, errors, interactionPolicy } = withoutWarnings(
  () => require('oidc-provider') as typeof OidcProvider,
);

/** A context with the browser's session, for a request that the library does not route. */
export async function openSession(
  provider: OidcProvider.Provider,
  ctx: OidcProvider.KoaContextWithOIDC,
): Promise<OidcProvider.Session> {
  const { OIDCContext } = provider as unknown as {
    OIDCContext: new (ctx: unknown) => OidcProvider.KoaContextWithOIDC['oidc'];
  };
  Object.assign(ctx, { oidc: new OIDCContext(ctx) });
  const session = await provider.Session.get(ctx);
  Object.assign(ctx.oidc, { session });
  return session;
}
