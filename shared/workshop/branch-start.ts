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
      'There is no .env yet, and the app has its settings from there. The tenant prints them; run it in another terminal, and leave it running:\n' +
        '  npm run -s tenant | tee .env\n' +
        'README.md says under Begin what else belongs into it. Then type npm start again.',
    );
  loadEnvFile(file);
  require(path.join(ROOT, 'server.ts'));
});
