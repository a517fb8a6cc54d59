import express from 'express';
import { csrf, security, sessions } from './middleware';
import { PORT } from './settings';
import { handler404, handler500, urlpatterns } from './urls';

const app = express().disable('x-powered-by');
app.use(security, sessions, csrf, express.urlencoded({ extended: false }));
for (const [method, path, ...chain] of urlpatterns) app[method](path, ...chain);
app.use(handler404);
app.use(handler500);
app.listen(PORT);
