import { Workers } from '../actions/workers';
import type { OAuth2Connection } from '../config/connections';

/** Milliseconds that the script may take, as on a real tenant. */
const TIME_LIMIT = 20_000;

/**
 * Runs the connection's `function fetchUserProfile(accessToken, ctx, cb)` as Actions are run: in a thread of its own, which ends when
 * it takes too long. The thread knows Actions; an Action of one line, so that the script's own lines keep their numbers, calls it.
 *
 * @param tokens the provider's whole answer.
 * @throws Error with what the script said or threw, and on which line.
 */
export async function fetchUserProfile(
  { name, options }: OAuth2Connection,
  tokens: { access_token: string },
  onOutput: (line: string) => void,
): Promise<Record<string, unknown>> {
  const source = `exports.onExecutePostLogin = async (event, api) => api.user.setUserMetadata('profile', await new Promise((resolve, reject) => (${options.scripts.fetchUserProfile.trim().replace(/;$/, '')}
)(event.tokens.access_token, event.tokens, (error, profile) => (error ? reject(error) : resolve(profile)))));`;
  const file = `connections/${name}/fetchUserProfile.js`;
  const workers = new Workers({
    scripts: [{ kind: 'Action', name, file: `/${file}`, source, secrets: {}, packages: undefined }],
    configuration: {},
    timeLimit: TIME_LIMIT,
    onOutput: ({ text }) => onOutput(text),
    onStray: ({ failure }) => onOutput(failure?.message ?? ''),
  });
  try {
    const { commands, failure } = await workers.run({
      steps: [{ script: 0, handler: 'onExecutePostLogin' }],
      event: { tokens: JSON.parse(JSON.stringify(tokens)) },
    });
    if (failure) throw new Error(`${failure.message}${failure.line ? ` (line ${failure.line})` : ''}`);
    const profile = commands.find(({ method }) => method === 'user.setUserMetadata')?.args[1];
    if (profile === null || typeof profile !== 'object') throw new Error('it called back without a profile');
    return profile as Record<string, unknown>;
  } finally {
    await workers.stop();
  }
}
