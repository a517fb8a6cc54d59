import { Issuer, type Client } from 'openid-client';
import { env } from './env';

let client: Client | undefined;

export async function tenant(): Promise<Client> {
  if (!client) {
    const issuer = await Issuer.discover(env.ISSUER);
    client = new issuer.Client({
      client_id: env.CLIENT_ID,
      client_secret: env.CLIENT_SECRET,
      redirect_uris: [`${env.BASE_URL}/callback`],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_post',
    });
  }
  return client;
}
