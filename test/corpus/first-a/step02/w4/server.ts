import { config } from './lib/config';
import { web } from './lib/web';

web().listen(config.port, () => console.log('App on', config.base));
