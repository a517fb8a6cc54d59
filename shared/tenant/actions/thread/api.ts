import { format } from 'node:util';
import type { Command, Handler } from '../protocol';
import { mustBeText, mustBeUrl } from './arguments';
import { encodeToken, validateToken } from './redirect';
import { plain, say } from './running';

/** What the local tenant lacks, by the first word after `api`. */
const ABSENT: Record<string, string> = {
  authentication: 'there are no further factors here',
  multifactor: 'there is no second factor here',
  samlResponse: 'the tenant is no SAML identity provider for applications',
  validation: 'it belongs to triggers that are not run here',
  cache: 'nothing is stored between runs here; use a variable outside of the function',
  session: 'sessions end as tenant.yaml says',
  refreshToken: 'refresh tokens end as tenant.yaml says',
  groups: 'users have no groups here',
  prompt: 'there are no Forms here',
  rules: 'no run of a Rule is stored here',
  transaction: 'nothing more is stored for a transaction here',
};

/** `api` of one run of one Action, and the commands that it recorded. */
export interface ActionApi {
  api: object;
  commands: Command[];
  /** Later calls are ignored: they could affect another user's login. */
  end(): void;
}

export function apiFor(script: number, handler: Handler, event: Record<string, unknown>): ActionApi {
  const commands: Command[] = [];
  let ended = false;
  const asks =
    (method: string, check: (...args: unknown[]) => void) =>
    (...args: unknown[]) => {
      if (ended) {
        say('hint', `called api.${method} after it had ended; await what it waits for`, script);
        return api;
      }
      check(...args);
      commands.push({ script, method, args: plain(args, `api.${method}`) });
      return api;
    };
  const named = (method: string, what: string) =>
    asks(method, (value) => mustBeText(value, `${what} (api.${method})`));
  const claim = (method: string) => named(method, 'the name of the claim');
  const groups: Record<string, object> =
    handler === 'onExecuteCredentialsExchange'
      ? {
          access: { deny: asks('access.deny', mustBeCode) },
          accessToken: { setCustomClaim: claim('accessToken.setCustomClaim') },
        }
      : {
          access: { deny: asks('access.deny', () => {}) },
          accessToken: {
            setCustomClaim: claim('accessToken.setCustomClaim'),
            addScope: named('accessToken.addScope', 'the scope'),
            removeScope: named('accessToken.removeScope', 'the scope'),
          },
          idToken: { setCustomClaim: claim('idToken.setCustomClaim') },
          user: {
            setAppMetadata: named('user.setAppMetadata', 'the key'),
            setUserMetadata: named('user.setUserMetadata', 'the key'),
          },
          redirect: {
            sendUserTo: asks('redirect.sendUserTo', (url) => mustBeUrl(url, 'api.redirect.sendUserTo')),
            encodeToken: (options: Record<string, unknown>) => encodeToken(options, event),
            validateToken: (options: Record<string, unknown>) => validateToken(options, event),
          },
        };
  const api: object = new Proxy(groups, { get: clearly });
  return {
    api,
    commands,
    end: () => {
      ended = true;
    },
  };
}

/** Says why a property is missing, instead of "cannot read properties of undefined". */
function clearly(groups: Record<string, object>, name: string | symbol): object | undefined {
  // A promise reads `then`, and a log reads symbols.
  if (typeof name !== 'string' || name in groups || name === 'then') return groups[String(name)];
  const why = ABSENT[name] ?? `it has api.${Object.keys(groups).join(', api.')}`;
  throw new Error(`api.${name} is not in the local tenant: ${why}`);
}

/** The codes that Auth0 accepts at the trigger credentials-exchange. */
const CODES = ['invalid_scope', 'invalid_request', 'server_error'];

function mustBeCode(code: unknown): void {
  if (!CODES.includes(String(code)))
    throw new TypeError(
      `api.access.deny(code, reason) needs a code of ${CODES.join(', ')}, and got ${format('%o', code)}`,
    );
}
