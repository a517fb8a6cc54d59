import fs from 'node:fs';
import path from 'node:path';
import { loadEnvFile } from 'node:process';
import { API_FOLDER } from '../app-runner/types';
import { commandLine } from '../lib/command-line';
import { ROOT } from '../lib/places';
import { runMain, UserError } from '../lib/user-error';

runMain(async () => {
  const [program] = commandLine('npm start --')
    .description('Runs the app in this folder, or its API, with the settings in .env.')
    .argument('[program]', 'api, for the API in api/')
    .parse().args;
  if (program !== undefined && program !== API_FOLDER)
    throw new UserError(`There is no "${program}" to run: leave it out for the app, or say ${API_FOLDER}.`);
  const { PORT } = process.env;
  const file = path.join(ROOT, '.env');
  if (!fs.existsSync(file))
    throw new UserError(
      'There is no .env yet. The app reads its settings from this file. The tenant prints these settings. Run the tenant in another terminal, and leave it running:\n' +
        '  npm run -s tenant | tee .env\n' +
        'For the other settings, see Begin in README.md. Then run npm start again.',
    );
  loadEnvFile(file);
  if (program === undefined) return void require(path.join(ROOT, 'server.ts'));
  // The PORT in .env is the app's. The API listens where the app looks for it.
  process.env.PORT = PORT ?? new URL(process.env.API_URL ?? 'http://localhost:4002').port;
  require(path.join(ROOT, API_FOLDER, 'server.ts'));
});
