import { web } from './src/web';

const port = parseInt(process.env.PORT!, 10);
web.listen(port, () => console.log(`Koa listens on ${port}`));
