import type * as OidcProvider from 'oidc-provider';

/** Loads oidc-provider without its line "Unsupported runtime" on Node.js 20, where all tests pass
 * and which a learner cannot change. */
function load(): typeof OidcProvider {
  const { warn } = console;
  console.warn = () => {};
  try {
    return require('oidc-provider') as typeof OidcProvider;
  } finally {
    console.warn = warn;
  }
}

export const { Provider, errors, interactionPolicy } = load();

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
