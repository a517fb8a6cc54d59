import Koa from 'koa';
import { PORT, BASE_URL, SESSION_SECRET } from './src/env';
import { layout, Stop, NeedsLogin } from './src/view';
import { login, callback, logout, logoutForm } from './src/login';
import { visitOf } from './src/visits';
import { home, profile } from './src/pages';

type Handler = (ctx: Koa.Context, ...args: string[]) => unknown;
const table: [string, RegExp, Handler][] = [
  ['GET', /^\/$/, home],
  ['GET', /^\/login$/, login],
  ['GET', /^\/callback$/, callback],
  ['GET', /^\/logout$/, logoutForm],
  ['POST', /^\/logout$/, logout],
  ['GET', /^\/profile$/, profile],
];

const app = new Koa();
app.keys = [SESSION_SECRET];
app.use(async (ctx, next) => {
  ctx.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'Content-Security-Policy': "default-src 'self'; frame-ancestors 'none'" });
  try {
    await next();
  } catch (e) {
    if (e instanceof NeedsLogin) {
      ctx.status = 303;
      ctx.redirect(`/login?returnTo=${encodeURIComponent(e.back)}`);
      return;
    }
    if (!(e instanceof Stop)) console.error(e);
    const stop = e instanceof Stop ? e : new Stop(500, 'Something went wrong', 'That was our mistake.');
    ctx.status = stop.status;
    layout(ctx, stop.message, (h) => h`<p>${stop.text}</p><p><a href="${stop.href}">${stop.label}</a></p>`);
  }
});
app.use(async (ctx) => {
  const origin = ctx.get('origin');
  const foreign = /^(cross|same)-site$/.test(ctx.get('sec-fetch-site'));
  if (ctx.method === 'POST' && (foreign || (origin && origin !== new URL(BASE_URL).origin))) throw new Stop(403, 'Not from this site', 'The form came from elsewhere.');
  ctx.state.visit = visitOf(ctx);
  const method = ctx.method === 'HEAD' ? 'GET' : ctx.method;
  for (const [verb, pattern, handler] of table) {
    const found = verb === method && pattern.exec(ctx.path);
    if (found) return handler(ctx, ...found.slice(1));
  }
  throw new Stop(404, 'Not found', 'There is nothing at this address.', '/', 'Home');
});
app.listen(Number(PORT), () => console.log(`http://localhost:${PORT}`));
