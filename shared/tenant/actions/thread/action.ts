import type { Command, Handler } from '../protocol';
import { apiFor } from './api';
import { load } from './load';
import { type Running, settings } from './running';

/** @returns whether the run ends with this Action: it denied or redirected. */
export async function runAction(
  running: Running,
  script: number,
  handler: Handler,
  event: Record<string, unknown>,
): Promise<boolean> {
  const exported = load(script) as Record<string, unknown>;
  const handle = exported[handler];
  if (typeof handle !== 'function') throw new Error(`exports no function ${handler}`);
  const own = { ...structuredClone(event), secrets: { ...settings.scripts[script]?.secrets } };
  const { api, commands, end } = apiFor(script, handler, event);
  try {
    await handle(own, api);
  } finally {
    end();
  }
  for (const command of commands) {
    running.commands.push(command);
    applyToEvent(event, command);
  }
  return commands.some(({ method }) => method === 'access.deny' || method === 'redirect.sendUserTo');
}

/** Later Actions of the run see metadata that earlier ones set. */
function applyToEvent(event: Record<string, unknown>, { method, args }: Command): void {
  const kind = { 'user.setAppMetadata': 'app_metadata', 'user.setUserMetadata': 'user_metadata' }[method];
  const user = event.user as Record<string, Record<string, unknown>> | undefined;
  if (kind && user) user[kind] = { ...user[kind], [String(args[0])]: args[1] };
}
