import type http from 'node:http';
import { listenOnLoopback } from '../../shared/lib/listen';

/** What a file in `apps/` exports. */
export type MakeApp = (settings: PeerSettings) => http.RequestListener;

/** The settings that every peer has in its environment, and BASE_URL, where it listens. */
const NAMES = [
  'API_URL',
  'AUDIENCE',
  'BASE_URL',
  'CLIENT_ID',
  'CLIENT_SECRET',
  'ISSUER_BASE_URL',
  'SESSION_SECRET',
] as const;

export type PeerSettings = Record<(typeof NAMES)[number], string>;

/**
 * A program of its own: the application whose file is named in its arguments. In a process of its own, since only there
 * NODE_EXTRA_CA_CERTS counts, and since a client library that changes what all share must not change it for the tests.
 */
async function main(file: string): Promise<void> {
  let handler: http.RequestListener = (_req, res) => res.writeHead(503).end();
  const { port } = await listenOnLoopback((req, res) => handler(req, res), {
    port: 0,
    party: 'The application',
    setting: 'none',
  });
  const origin = `http://localhost:${port}`;
  const { default: makeApp } = require(file) as { default: MakeApp };
  process.env.BASE_URL = origin;
  handler = makeApp(Object.fromEntries(NAMES.map((name) => [name, process.env[name] ?? ''])) as PeerSettings);
  process.send?.({ origin });
}

process.on('disconnect', () => process.exit(0));
main(process.argv[2] ?? '').catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
