import type http from 'node:http';
import { listenOnLoopback } from '../lib/listen';
import { RELAYED_HEADERS } from '../lib/relay';
import { type ApiSettings, createApi } from './finished';

export interface ApiOptions extends ApiSettings {
  /** 0, the default, takes a free port. */
  port?: number;
  /** Lets a recorder see every request. */
  wrap?: (handler: http.RequestListener) => http.RequestListener;
}

export interface Api {
  port: number;
  origin: string;
  close(): Promise<void>;
}

/** Starts the API on loopback. It starts while the tenant is down: keys are fetched when first needed.
 * @throws UserError for a taken port. */
export async function startApi({ port = 0, wrap, ...settings }: ApiOptions): Promise<Api> {
  const handler = createApi(settings);
  const server = await listenOnLoopback(wrap?.(handler) ?? handler, {
    port,
    party: 'The API',
    setting: '--port N or API_PORT',
    // It may stand in front of another API.
    maxHeaderSize: RELAYED_HEADERS,
  });
  return { port: server.port, origin: `http://localhost:${server.port}`, close: server.close };
}
