import path from 'node:path';
import { z } from 'zod';
import { StoredFile } from './stored-file';

const storedConsents = z.array(
  z.object({
    user_id: z.string(),
    client_id: z.string(),
    audience: z.string().optional(),
    scope: z.array(z.string()),
  }),
);

type Consent = z.output<typeof storedConsents>[number];

/** By user, application and API; stored in the data folder. */
export class ConsentStore {
  readonly #given = new Map<string, { consent: Omit<Consent, 'scope'>; scopes: Set<string> }>();
  #store: StoredFile<Consent[]> | undefined;

  private constructor() {}

  /** @param folder the data folder; without one nothing is stored.
   * @param onTrouble reports a damaged or unwritable file. */
  static async open(folder: string | undefined, onTrouble: (reason: string) => void): Promise<ConsentStore> {
    const consents = new ConsentStore();
    if (folder === undefined) return consents;
    const { stored, value } = await StoredFile.open(path.join(folder, 'kept-consents.json'), {
      schema: storedConsents,
      take: () =>
        [...consents.#given.values()].map(({ consent, scopes }) => ({ ...consent, scope: [...scopes] })),
      onTrouble,
    });
    for (const { user_id, client_id, audience, scope } of value ?? [])
      consents.#add(user_id, client_id, audience, scope);
    consents.#store = stored;
    return consents;
  }

  /** @param audience undefined for a login without an API. */
  allows(userId: string, clientId: string, audience: string | undefined, scopes: string[]): boolean {
    const given = this.#given.get(key(userId, clientId, audience))?.scopes;
    return given !== undefined && scopes.every((scope) => given.has(scope));
  }

  give(userId: string, clientId: string, audience: string | undefined, scopes: string[]): void {
    if (this.#add(userId, clientId, audience, scopes)) this.#store?.changed();
  }

  /** For all applications or one; the next login asks again. */
  withdraw(userId: string, clientId?: string): void {
    for (const [k, { consent }] of this.#given)
      if (consent.user_id === userId && (clientId === undefined || consent.client_id === clientId))
        this.#given.delete(k);
    this.#store?.changed();
  }

  close(): Promise<void> {
    return this.#store?.close() ?? Promise.resolve();
  }

  /** @returns whether something was added. */
  #add(user_id: string, client_id: string, audience: string | undefined, scopes: string[]): boolean {
    const k = key(user_id, client_id, audience);
    const given = this.#given.get(k) ?? { consent: { user_id, client_id, audience }, scopes: new Set() };
    const before = this.#given.has(k) ? given.scopes.size : -1;
    for (const scope of scopes) given.scopes.add(scope);
    this.#given.set(k, given);
    return given.scopes.size > before;
  }
}

const key = (...parts: (string | undefined)[]) => JSON.stringify(parts);
