import { port, readSettings, url } from './settings';

/** The app's settings, read once at its start. */
export interface Config {
  port: number;
  /** Where browsers reach the app. */
  baseUrl: URL;
}

export function readConfig(env: NodeJS.ProcessEnv): Config {
  const { PORT, BASE_URL } = readSettings(env, {
    PORT: port,
    BASE_URL: (text) => url(text ?? `http://localhost:${env.PORT ?? 3000}`),
  });
  return { port: PORT, baseUrl: BASE_URL };
}
