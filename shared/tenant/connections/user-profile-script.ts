import { Workers } from '../actions/workers';
import type { OAuth2Connection } from '../config/connections';

/** Milliseconds, as on a real tenant. */
const TIME_LIMIT = 20_000;

/** Runs `function fetchUserProfile(accessToken, ctx, cb)` in a thread, called by an Action in one line so that line
 * numbers remain. @param tokens the token response. @throws Error with the script's error and line. */
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
