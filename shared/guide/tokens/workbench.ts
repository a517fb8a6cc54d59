import { examine, type Outcome } from '../../api/checks';
import { IssuerKeys } from '../../api/keys';
import { ROUTES, whyRefused } from '../../api/scopes';
import { tokenVerifier } from '../../api/verify';
import { textOf } from '../../lib/json';
import { explainClaim, explainJwtHeader } from '../wire/claims';
import { readJson, TenantKeys, type Verdict } from '../wire/keys';
import type { Explained } from '../wire/sources';
import { slips } from './advice';
import { kindOfToken, type Parts, partsOf, type TokenKind } from './kind';
import { timeClaim } from './times';

/** A member of header or claims, explained. */
interface Member {
  name: string;
  value: string;
  /** A time in words. */
  means: string | undefined;
  about: Explained | undefined;
}

/** The analysis of a token. */
export interface Analysis extends TokenKind {
  header: Member[];
  claims: Member[];
  /** For a JWT only. */
  signature: Verdict | undefined;
  outcomes: Outcome[];
  /** The check that ends the validation: failed, or unknown because the tenant cannot be asked. */
  stop: Outcome | undefined;
  /** What the token allows, if the API accepts it, and why not. */
  routes: { route: string; scope: string; refused: string | undefined }[];
  slips: string[];
}

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
  readonly #verify: ReturnType<typeof tokenVerifier>;
  readonly #now: () => number;

  constructor(readonly options: WorkbenchOptions) {
    const { issuer, audience, now = Date.now } = options;
    this.#now = now;
    this.#keys = new TenantKeys(issuer);
    this.#verify = tokenVerifier(new IssuerKeys(new URL(issuer), now, readJson), audience, now);
  }

  /** @param known see `kindOfToken`. */
  async look(token: string, known: Parameters<typeof kindOfToken>[1]): Promise<Analysis> {
    const now = this.#now();
    const parts = partsOf(token);
    const kind = kindOfToken(token, known);
    const { outcomes, caller } = await examine(token, this.#verify);
    const stop = outcomes.find(({ state }) => state === 'failed' || state === 'unknown');
    const { issuer, audience } = this.options;
    return {
      ...kind,
      header: members(parts?.header, explainJwtHeader, now),
      claims: members(parts?.claims, explainClaim, now),
      signature: parts && (await this.#signature(token, parts)),
      outcomes,
      stop,
      routes: caller ? ROUTES.map((one) => ({ ...one, refused: whyRefused(caller, one.scope) })) : [],
      slips: slips({ kind: kind.kind, parts, issuer, audience, failed: stop, now }),
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

function members(
  object: Record<string, unknown> | undefined,
  explain: (name: string) => Explained | undefined,
  now: number,
): Member[] {
  return Object.entries(object ?? {}).map(([name, value]) => ({
    name,
    value: textOf(value),
    means: timeClaim(name, value, now),
    about: explain(name),
  }));
}
