import { runProvider } from '../command';
import { startSocial } from './index';
import { SOCIAL_CLIENT_ID, socialKeys } from './keys';

/** `npm run -s social`: the social provider in the foreground. */
export const runSocialCommand = (): Promise<void> =>
  runProvider('social', 'Gaggle, a social provider', 'keys and the tenant’s secret', async (settings) => {
    const { tenant, ...options } = settings;
    const callbacks = () => [new URL('/login/callback', tenant).href];
    const { origin, close } = await startSocial({ ...options, callbacks });
    const { client_secret } = await socialKeys(options.data);
    return { lines: { SOCIAL_URL: origin, SOCIAL_CLIENT_ID, SOCIAL_CLIENT_SECRET: client_secret }, close };
  });
