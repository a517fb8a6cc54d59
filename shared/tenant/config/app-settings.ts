import { environmentName } from './names';
import type { Snapshot } from './snapshot';

/** The first regular web application also has the plain names. */
export function appSettings(issuer: string, snapshot: Snapshot): Record<string, string> {
  const { config, credentials } = snapshot;
  const lines: Record<string, string> = { ISSUER_BASE_URL: issuer };
  const web = config.clients.find((client) => client.app_type === 'regular_web');
  const add = (name: string, suffix: string) => {
    const found = credentials.get(name);
    if (!found) return;
    lines[`CLIENT_ID${suffix}`] = found.client_id;
    if (found.client_secret) lines[`CLIENT_SECRET${suffix}`] = found.client_secret;
  };
  if (web) add(web.name, '');
  const api = config.tenant.default_audience ?? config.resourceServers[0]?.identifier;
  if (api) lines.AUDIENCE = api;
  for (const { name } of config.clients) add(name, `__${environmentName(name)}`);
  for (const { name, identifier } of config.resourceServers) {
    const secret = snapshot.signingSecret(identifier);
    if (secret !== undefined) lines[`SIGNING_SECRET__${environmentName(name)}`] = secret;
  }
  return lines;
}
