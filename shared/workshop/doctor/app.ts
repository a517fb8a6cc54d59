import fs from 'node:fs';
import path from 'node:path';
import { ConfigurationError, loadTenantConfig } from '../../tenant/config/load';
import { type Finding, note, ok, warning, wrong } from './finding';

const LOCAL = ['localhost', '127.0.0.1', '[::1]'];

/** The learner's app: its tenant.yaml, and whether browsers reach app and callback by the same host name.
 * @param settings of .env and the shell; the shell's win. */
export async function app(folder: string, settings: Record<string, string | undefined>): Promise<Finding[]> {
  const file = path.join(folder, 'tenant.yaml');
  const base = URL.canParse(settings.BASE_URL ?? '') ? new URL(settings.BASE_URL ?? '') : undefined;
  const found: Finding[] = [...mixed(settings, base)];
  if (!fs.existsSync(folder))
    return [...found, note('no-app', `There is no ${path.basename(folder)} yet`, 'npm run workshop start')];
  const restore = 'npm run workshop undo, or npm run workshop reset';
  if (!fs.existsSync(file)) return [...found, wrong('no-tenant-file', `${file} is missing`, restore)];
  let callbacks: string[];
  try {
    const { config } = await loadTenantConfig(file, {});
    callbacks = (config.clients ?? []).flatMap((client) => client.callbacks ?? []);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return [...found, wrong('tenant-file', error.message.trim(), 'For details, run npm run check 1.')];
  }
  if (!fs.existsSync(path.join(folder, 'server.ts')))
    found.push(
      wrong('no-server', `${folder} has no server.ts, which starts the app`, 'npm run workshop undo'),
    );
  found.push(ok('tenant-file', `${file} is valid`));
  return [...found, ...cookies(callbacks, base)];
}

/** A browser does not share cookies between localhost and 127.0.0.1. */
function mixed(settings: Record<string, string | undefined>, base: URL | undefined): Finding[] {
  if (!base || !LOCAL.includes(base.hostname)) return [];
  const others = ['ISSUER_BASE_URL', 'API_URL'].filter((name) => {
    const value = settings[name] ?? '';
    const host = URL.canParse(value) ? new URL(value).hostname : '';
    return LOCAL.includes(host) && host !== base.hostname;
  });
  if (others.length === 0) return [];
  const seen = `BASE_URL says ${base.hostname}, and ${others.join(' and ')} another name of this machine`;
  const fix =
    'Write localhost everywhere. Names are compared character by character, and the browser does not send a cookie of one name to another name.';
  return [wrong('hosts-mixed', seen, fix)];
}

function cookies(callbacks: string[], base: URL | undefined): Finding[] {
  const origin = base ?? new URL('http://localhost:3000');
  const own = callbacks.filter((one) => URL.canParse(one)).map((one) => new URL(one));
  if (own.length === 0) return [];
  if (own.some((one) => one.origin === origin.origin)) {
    const other = `Cookies do not distinguish ports: another app on ${origin.hostname} may overwrite one of the same name, which the doctor cannot see.`;
    return [
      ok(
        'cookies',
        `App and callback have one name, ${origin.hostname}: the session’s cookie comes back. (${other})`,
      ),
    ];
  }
  const seen = `The app is at ${origin.origin}, and tenant.yaml’s callbacks are ${own.map((one) => one.origin).join(', ')}`;
  // npm start and the checks add the callback of their port; a tenant elsewhere does not.
  if (own.some((one) => one.hostname === origin.hostname))
    return [warning('callback-port', seen, `Add ${origin.origin}/callback to the callbacks.`)];
  const fix = `Use one name in both: a browser does not send the session’s cookie of ${origin.hostname} to ${own[0]?.hostname}.`;
  return [wrong('callback-host', seen, fix)];
}
