import fs from 'node:fs';
import path from 'node:path';
import { loadEnvFile } from 'node:process';
import { commandLine } from '../lib/command-line';
import { ROOT } from '../lib/places';
import { runMain, UserError } from '../lib/user-error';

runMain(async () => {
  commandLine('npm start --').description('Runs the app in this folder, with the settings in .env.').parse();
  const file = path.join(ROOT, '.env');
  if (!fs.existsSync(file))
    throw new UserError(
      'There is no .env yet. The app reads its settings from this file. The tenant prints these settings. Run the tenant in another terminal, and leave it running:\n' +
        '  npm run -s tenant | tee .env\n' +
        'For the other settings, see Begin in README.md. Then run npm start again.',
    );
  loadEnvFile(file);
  require(path.join(ROOT, 'server.ts'));
});
