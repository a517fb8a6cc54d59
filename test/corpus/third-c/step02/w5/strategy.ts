import { randomUUID } from 'crypto';
import * as client from 'openid-client';
import { Strategy } from 'openid-client/passport';

export interface Person {
  key: string;
  claims: client.IDToken;
  scope: string;
  tokens: client.TokenEndpointResponse;
}

class TenantStrategy extends Strategy {
  authorizationRequestParams(req: any, options: any) {
    const params = new URLSearchParams(super.authorizationRequestParams(req, options) as URLSearchParams);
    params.set('audience', process.env.AUDIENCE!);
    params.set('state', client.randomState());
    params.set('nonce', client.randomNonce());
    return params;
  }
}

let ready: TenantStrategy | undefined;

export async function login(): Promise<any> {
  if (!ready) {
    const config = await client.discovery(
      new URL(process.env.ISSUER_BASE_URL!),
      process.env.CLIENT_ID!,
      undefined,
      client.ClientSecretPost(process.env.CLIENT_SECRET!),
      { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks], timeout: 10 },
    );
    ready = new TenantStrategy(
      { config, name: 'tenant', callbackURL: process.env.BASE_URL + '/callback', scope: 'openid profile email' },
      (tokens, done) => {
        const claims = tokens.claims();
        if (!claims) return done(new Error('no ID token'));
        done(null, { key: randomUUID(), claims, scope: tokens.scope ?? '', tokens } as any);
      },
    );
  }
  return ready;
}
