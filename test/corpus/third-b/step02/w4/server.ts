import path from 'node:path';
import express from 'express';
import { SecurityFilterChain } from './security/SecurityFilterChain';
import { HttpSessions } from './security/HttpSessions';
import { LoginController } from './security/LoginController';
import { ClientRegistration } from './client/ClientRegistration';
import { AuthorizedClients } from './client/AuthorizedClients';
import { PagesController } from './web/PagesController';
import { errorAdvice } from './web/errorAdvice';

// What Spring's container did: make the beans and hand them to one another.
const baseUrl = process.env.BASE_URL!;
const registration = new ClientRegistration(process.env.ISSUER_BASE_URL!, process.env.CLIENT_ID!, process.env.CLIENT_SECRET!, process.env.AUDIENCE!, `${baseUrl}/callback`);
const sessions = new HttpSessions(process.env.SESSION_SECRET!, baseUrl.startsWith('https://'));
const clients = new AuthorizedClients(registration);
const security = new SecurityFilterChain(baseUrl);

const app = express();
app.disable('x-powered-by');
app.set('view engine', 'pug');
app.set('views', path.join(__dirname, 'templates'));
app.use(security.headers, sessions.filter, security.csrf, express.urlencoded({ extended: false }));
new LoginController(baseUrl, registration, sessions, clients).map(app);
new PagesController(security, clients).map(app);
app.use((_req, res) => void res.status(404).render('error', { title: 'Not found', message: 'There is no such page.' }));
app.use(errorAdvice);
app.listen(Number(process.env.PORT));
