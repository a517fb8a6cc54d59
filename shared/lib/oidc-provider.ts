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
