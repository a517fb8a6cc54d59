import http from 'node:http';
import { compactVerify, createLocalJWKSet, decodeProtectedHeader, errors, type JSONWebKeySet } from 'jose';

/** Whether a token's signature is right. */
export interface Verdict {
  state: 'valid' | 'invalid' | 'unknown';
  text: string;
}

/** Milliseconds for which keys are stored, and after which they are read again for an unknown one. */
const STORED_FOR = 5 * 60_000;
const AGAIN = 5000;

/** The tenant's public keys (JWKS, RFC 7517), read at the first use. */
export class TenantKeys {
  #keys: Promise<JSONWebKeySet> | undefined;
  #at = 0;

  /** @param issuer with its final slash. */
  constructor(private readonly issuer: string) {}

  /** Verifies a signature; does not look at audience and expiry. */
  async verify(token: string): Promise<Verdict> {
    try {
      const { alg = '', kid = '' } = decodeProtectedHeader(token);
      if (/^HS/.test(alg))
        return unknown(`It is signed with a secret (${alg}) that only the tenant and the API have.`);
      const known = (keys: JSONWebKeySet) => keys.keys.some((key) => key.kid === kid);
      let keys = await this.#find(STORED_FOR);
      if (!known(keys)) keys = await this.#find(AGAIN);
      await compactVerify(token, createLocalJWKSet(keys));
      return {
        state: 'valid',
        text: `The signature is right: it was made with the tenant’s key ${kid} (${alg}).`,
      };
    } catch (error) {
      if (error instanceof errors.JWSSignatureVerificationFailed)
        return {
          state: 'invalid',
          text: 'The signature is invalid: the token was changed, or somebody else made it.',
        };
      if (error instanceof errors.JWKSNoMatchingKey)
        return { state: 'invalid', text: 'No key of the tenant made this signature.' };
      if (error instanceof errors.JOSEError)
        return { state: 'invalid', text: `The signature cannot be valid: ${error.message}.` };
      return unknown(`The tenant’s keys could not be read: ${(error as Error).message}.`);
    }
  }

  async #find(oldest: number): Promise<JSONWebKeySet> {
    if (!this.#keys || Date.now() - this.#at > oldest) {
      this.#at = Date.now();
      this.#keys = this.#read();
      this.#keys.catch(() => {
        this.#keys = undefined;
      });
    }
    return this.#keys;
  }

  async #read(): Promise<JSONWebKeySet> {
    const found = await readJson(new URL('.well-known/openid-configuration', this.issuer));
    return (await readJson(new URL(String((found as { jwks_uri: unknown }).jwks_uri)))) as JSONWebKeySet;
  }
}

const unknown = (text: string): Verdict => ({ state: 'unknown', text });

/** Without fetch on this machine: `no-cors` excludes the request from the recording. */
export async function readJson(url: URL): Promise<unknown> {
  if (url.protocol === 'https:') return (await fetch(url, { signal: AbortSignal.timeout(5000) })).json();
  return new Promise((resolve, reject) => {
    http
      .get(url, { headers: { 'sec-fetch-mode': 'no-cors' }, timeout: 5000 }, (res) => {
        let text = '';
        res.setEncoding('utf8').on('data', (piece) => {
          text += piece;
        });
        res.on('error', reject).on('end', () => {
          try {
            resolve(JSON.parse(text));
          } catch (error) {
            reject(error);
          }
        });
      })
      .on('timeout', function (this: http.ClientRequest) {
        this.destroy(new Error('no answer within 5 s'));
      })
      .on('error', reject);
  });
}
