import { createApp } from './app';
import { readConfig } from './config';
import { listen } from './listen';
import { SettingsError } from './settings';

try {
  const config = readConfig(process.env);
  listen(createApp(config), config.port, config.baseUrl);
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
