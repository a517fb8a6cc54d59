import { examine } from '../../api/checks';
import { IssuerKeys, rememberTokens, whyRefused } from '../../api/finished';
import { ROUTES } from '../../api/scopes';
import { textOf } from '../../lib/json';
import { explainClaim, explainJwtHeader } from '../wire/explanations';
import { membersOf } from '../wire/jwt';
import { readJson, TenantKeys, type Verdict } from '../wire/keys';
import { likelyCauses } from './advice';
import { kindOfToken, type Parts, partsOf } from './kind';
import { timeClaim } from './times';

export interface WorkbenchOptions {
  /** With its final slash. */
  issuer: string;
  audience: string;
  /** Milliseconds since the epoch; tests change it. */
  now?: () => number;
}

/** Examines tokens with the API's own validation. */
export class Workbench {
  readonly #keys: TenantKeys;
  readonly #verify: ReturnType<typeof rememberTokens>;
  readonly #now: () => number;

  constructor(readonly options: WorkbenchOptions) {
    const { issuer, audience, now = Date.now } = options;
    this.#now = now;
    this.#keys = new TenantKeys(issuer);
    this.#verify = rememberTokens({ keys: new IssuerKeys(new URL(issuer), now, readJson), audience, now });
  }

  /** @param known see `kindOfToken`. */
  async look(token: string, known: Parameters<typeof kindOfToken>[1]) {
    const now = this.#now();
    const parts = partsOf(token);
    const kind = kindOfToken(token, known);
    const { outcomes, caller } = await examine(token, this.#verify);
    const stop = outcomes.find(({ state }) => state === 'failed' || state === 'unknown');
    const { issuer, audience } = this.options;
    const means = (name: string, value: unknown) => timeClaim(name, value, now);
    return {
      ...kind,
      header: membersOf(parts?.header, explainJwtHeader, means),
      claims: membersOf(parts?.claims, explainClaim, means),
      signature: parts && (await this.#signature(token, parts)),
      outcomes,
      /** Why the API refuses an ID token, whatever else is wrong with it. */
      forApp: kind.kind === 'ID token' ? audienceOf(parts, audience) : undefined,
      /** The check that ends the validation: failed, or unknown because the tenant cannot be asked. */
      stop,
      /** What the token allows, if the API accepts it, and why not. */
      routes: caller ? ROUTES.map((one) => ({ ...one, refused: whyRefused(caller, one.scope) })) : [],
      causes: likelyCauses({ kind: kind.kind, parts, issuer, audience, failed: stop, now }),
    };
  }

  async #signature(token: string, { claims }: Parts): Promise<Verdict> {
    const { iss } = claims;
    if (typeof iss === 'string' && iss !== this.options.issuer)
      return {
        state: 'unknown',
        text: `It says that ${iss} issued it. The keys of another issuer than ${this.options.issuer} are not fetched, so the signature was not verified.`,
      };
    return this.#keys.verify(token);
  }
}

/** Undefined if the token is for the API too. */
function audienceOf(parts: Parts | undefined, audience: string): string | undefined {
  const audiences = [parts?.claims.aud ?? 'missing'].flat().map(textOf);
  if (audiences.includes(audience)) return undefined;
  return `The token’s aud does not contain ${audience}: the ID token’s audience is the application, ${audiences.join(', ')}.`;
}
