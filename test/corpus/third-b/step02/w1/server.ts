// Ported from the old Rails app. bin/rails server => node server.ts
import { application } from './config/application';
import { draw } from './config/routes';

const app = application();
draw(app);
app.listen(Number(process.env.PORT ?? 3000), () => console.log('=> Booting'));
