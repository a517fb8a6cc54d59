import { createApp } from './src/app';

const port = process.env.PORT ?? '3000';
createApp().listen(port, () => console.log(`Up at ${process.env.BASE_URL}`));
