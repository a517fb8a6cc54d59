import { createHash } from 'node:crypto';
import { base64url, type DecryptOptions, FlattenedEncrypt, type FlattenedJWE, flattenedDecrypt } from 'jose';
import type { Sealed, SharedStore } from './stores/shared-store';
import type { Tokens } from './tokens';

/** Names a key, and reveals nothing of it. */
const keyId = (key: Buffer) => createHash('sha256').update(key).digest('hex').slice(0, 8);

const bytes = (text: string) => new TextEncoder().encode(text);

/** The record does not decide how it is decrypted (RFC 8725, section 3.1). */
const ALLOWED: DecryptOptions = {
  keyManagementAlgorithms: ['dir'],
  contentEncryptionAlgorithms: ['A256GCM'],
};

/** Encrypts tokens with AES-256 in Galois/Counter Mode (RFC 7518, section 5.3), so that who reads the store has none. */
export class Encryption {
  /** By key identifier. */
  readonly #keys: Map<string, Buffer>;
  /** The key that encrypts. */
  readonly #newest: { kid: string; key: Buffer };

  /** @param keys of 32 bytes, newest first. */
  constructor(keys: readonly Buffer[]) {
    const [key] = keys;
    if (!key) throw new Error('STORE_KEYS has no key');
    this.#newest = { kid: keyId(key), key };
    this.#keys = new Map(keys.map((key) => [keyId(key), key]));
  }

  /** @param id the identifier of the session to which the tokens belong. */
  async seal(id: string, tokens: Tokens): Promise<Sealed> {
    const { version } = tokens;
    // BEGIN SOLUTION 7.2
    // STUB // Task 7.2: encrypt
    // STUB return { version, jwe: JSON.stringify(tokens) };
    const { kid, key } = this.#newest;
    const { aad, ...jwe } = await new FlattenedEncrypt(bytes(JSON.stringify(tokens)))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid })
      .setAdditionalAuthenticatedData(bytes(id))
      .encrypt(key);
    return { version, jwe: JSON.stringify(jwe) };
    // END SOLUTION
  }

  /** Undefined for tokens that are not of this session, were changed, or have a key that is no longer in the list. */
  async open(id: string, { jwe }: Sealed): Promise<Tokens | undefined> {
    // BEGIN SOLUTION 7.2
    // STUB // Task 7.2: decrypt
    // STUB return JSON.parse(jwe);
    try {
      // What the tokens are bound to is the session's identifier, whatever the record says.
      const bound: FlattenedJWE = { ...JSON.parse(jwe), aad: base64url.encode(id) };
      const { plaintext } = await flattenedDecrypt(bound, (header) => this.#keyOf(header?.kid), ALLOWED);
      return JSON.parse(new TextDecoder().decode(plaintext));
    } catch (error) {
      // Without tokens, the session needs a login.
      console.error(`The tokens of a session cannot be decrypted: ${(error as Error).message}`);
    }
    // END SOLUTION
  }

  #keyOf(kid: string | undefined): Buffer {
    const key = this.#keys.get(kid ?? '');
    if (!key) throw new Error('their key is not in STORE_KEYS');
    return key;
  }
}

/** A store that contains encrypted tokens only. */
export const encrypted = (store: SharedStore['tokens'], encryption: Encryption) => ({
  get: async (id: string) => {
    const sealed = await store.get(id);
    return sealed && encryption.open(id, sealed);
  },
  put: async (id: string, tokens: Tokens) => store.put(id, await encryption.seal(id, tokens)),
  replace: async (id: string, version: number, tokens: Tokens) =>
    store.replace(id, version, await encryption.seal(id, tokens)),
  delete: (id: string) => store.delete(id),
});
