import express from 'express';
import { oops } from './oops';
import { show } from './show';
import { signIn, arrive, signOut } from './door';
import { sessions, mustBeSomebody } from './visitors';
import { grantedScopes } from './purse';

const site = new URL(process.env.BASE_URL!);
const app = express();
app.disable('x-powered-by').disable('etag');

app.use((_req, res, next) => {
  res.set({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer' });
  next();
});
app.use(sessions);
app.use((req, _res, next) => {
  if (req.method !== 'POST') return next();
  const from = req.headers.origin;
  const how = req.headers['sec-fetch-site'] ?? 'none';
  if ((from === undefined || from === site.origin) && (how === 'none' || how === 'same-origin')) return next();
  throw oops(403, 'No', 'That form was not one of ours.');
});
app.use(express.urlencoded({ extended: false }));

app.get('/', (req, res) => show(req, res, 'Hello', 'start', { who: req.visitor?.user?.name ?? 'stranger' }));
app.get('/login', signIn);
app.get('/callback', arrive);
app.get('/logout', (req, res) => show(req, res, 'Log out', 'logout', {}));
app.post('/logout', signOut);
app.get('/profile', mustBeSomebody, (req, res) => {
  const { user, purse } = req.visitor!;
  show(req, res, 'Your profile', 'profile', {
    name: user!.name,
    email: user!.email,
    sub: user!.sub,
    scopes: grantedScopes(purse),
  });
});

app.use(() => {
  throw oops(404, 'Not found', 'There is no such page.');
});
app.use((e: any, req: express.Request, res: express.Response, next: express.NextFunction) => {
  if (res.headersSent) return next(e);
  const page = e?.oops ?? { status: e?.status >= 400 && e?.status < 500 ? e.status : 500, title: 'Our fault', text: 'Something broke. Please try again.', href: '/', label: 'Start' };
  if (page.status === 500) console.error(e);
  res.status(page.status);
  show(req, res, page.title, 'oops', page);
});

app.listen(process.env.PORT, () => console.log(`open: ${site}`));
