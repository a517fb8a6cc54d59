import { createServer } from 'node:http';
import { settings } from './src/settings';
import { answer } from './src/dispatch';

createServer(answer).listen(settings.port, () => {
  console.log('up:', settings.self);
});
