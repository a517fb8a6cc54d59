import { buildApp } from './src/app';
import { readSettings } from './src/settings';

const settings = readSettings(process.env);
buildApp(settings).listen(settings.port, () => console.log(`${settings.baseUrl} is open`));
