import type * as OidcProvider from 'oidc-provider';

/**
 * The one place where oidc-provider is loaded. On Node 20 it prints "Unsupported runtime" as it loads,
 * though all of its tests that matter here pass there; a learner can do nothing about that line, so it is
 * held back while loading, and only then.
 */
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
