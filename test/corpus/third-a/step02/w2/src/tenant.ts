import axios from 'axios';
import { createRemoteJWKSet, jwtVerify, type JWTVerifyGetKey } from 'jose';

const { ISSUER_BASE_URL = '', CLIENT_ID = '', CLIENT_SECRET = '' } = process.env;

export class GrantRefused extends Error {}

type About = {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
  jwks_uri: string;
  end_session_endpoint?: string;
  authorization_response_iss_parameter_supported?: boolean;
};
export type Answer = { access_token: string; id_token?: string; refresh_token?: string; scope?: string; expires_in?: number };

const http = axios.create({ timeout: 6000, maxRedirects: 0, proxy: false, validateStatus: () => true });

class Tenant {
  #about?: About;
  #keys?: JWTVerifyGetKey;

  async about(): Promise<About> {
    if (!this.#about) {
      const { status, data } = await http.get(`${ISSUER_BASE_URL}.well-known/openid-configuration`, { signal: AbortSignal.timeout(6000) });
      if (status !== 200 || data.issuer !== ISSUER_BASE_URL) throw new Error('the tenant does not describe itself');
      this.#keys = createRemoteJWKSet(new URL(data.jwks_uri), { cooldownDuration: 1000 });
      this.#about = data as About;
    }
    return this.#about;
  }

  /** POST /oauth/token */
  async grant(fields: Record<string, string>): Promise<Answer> {
    const { token_endpoint } = await this.about();
    const form = new URLSearchParams({ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, ...fields });
    const { status, data } = await http.post(token_endpoint, form, { signal: AbortSignal.timeout(10_000) });
    if (status >= 400 && status < 500 && data?.error === 'invalid_grant') throw new GrantRefused('invalid_grant');
    if (status !== 200 || typeof data?.access_token !== 'string') throw new Error(`the tenant answered ${status} ${data?.error ?? ''}`);
    return data;
  }

  /** The claims of an ID token, if it is the tenant's and still good. */
  async read(idToken: string) {
    const { issuer } = await this.about();
    const { payload } = await jwtVerify(idToken, this.#keys!, {
      issuer,
      algorithms: ['RS256'],
      requiredClaims: ['sub', 'iat', 'exp'],
    });
    const { sub, azp } = payload;
    if (!sub) throw new Error('an ID token about nobody');
    if (azp !== undefined && azp !== CLIENT_ID) throw new Error('an ID token issued to another application');
    return { ...payload, sub };
  }
}

export const tenant = new Tenant();
