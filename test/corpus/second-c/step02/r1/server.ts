import Koa from 'koa';
import { createHash, randomUUID } from 'node:crypto';
import { Visit, visits } from './visits';
import { Tenant } from './tenant';
import { view, text } from './view';

const { PORT, BASE_URL = '', SESSION_SECRET = '' } = process.env;
const tenant = new Tenant();
const koa = new Koa();
koa.keys = [createHash('sha256').update(SESSION_SECRET).digest('hex')];

type Ctx = Koa.Context & { visit?: Visit };
type Page = (ctx: Ctx, ...ids: string[]) => Promise<void> | void;

function setVisit(ctx: Ctx, visit?: Visit) {
  ctx.visit = visit;
  ctx.cookies.set('visit', visit?.id ?? null, { signed: true, httpOnly: true, sameSite: 'lax', overwrite: true });
}

function go(ctx: Ctx, where: string) {
  ctx.redirect(where);
  ctx.status = 303;
}

/** Shows the page to users who are logged in. */
const members = (page: Page): Page => (ctx, ...ids) =>
  ctx.visit?.user ? page(ctx, ...ids) : go(ctx, `/login?returnTo=${encodeURIComponent(ctx.method === 'GET' ? ctx.url : '/profile')}`);

const pages: Record<string, Page> = {
  'GET /': (ctx) => view(ctx, 'Home', ctx.visit?.user ? text`<p>Good day, ${ctx.visit.user.name}.</p>` : '<p>Good day.</p>'),

  'GET /login': async (ctx) => {
    const visit = ctx.visit ?? visits.begin();
    const { url, state, secrets } = await tenant.invite();
    visit.remember(state, { ...secrets, then: ownPath(ctx.query.returnTo) });
    setVisit(ctx, visit);
    go(ctx, url);
  },

  'GET /callback': async (ctx) => {
    const state = String(ctx.query.state ?? '');
    if (!ctx.visit) ctx.throw(400, 'This log-in is no longer open.');
    // The same callback twice at a time (a double click) is one log-in.
    const { visit, then } = await ctx.visit.once(state, () => welcome(ctx.visit!, state, new URL(ctx.url, BASE_URL)));
    setVisit(ctx, visit);
    go(ctx, then);
  },

  'POST /logout': async (ctx) => {
    if (ctx.visit) visits.end(ctx.visit);
    setVisit(ctx, undefined);
    go(ctx, await tenant.farewell());
  },

  'GET /profile': members((ctx) => {
    const { user, tokens } = ctx.visit!;
    const scopes = (tokens?.scope ?? '').split(' ').filter((s) => s !== '');
    view(ctx, 'Profile', text`<p>${user!.name} &lt;${user!.email}&gt;, ${user!.sub}</p>` +
      `<ul>${scopes.map((s) => text`<li>${s}</li>`).join('')}</ul>`);
  }),
};

async function welcome(visit: Visit, state: string, url: URL) {
  const login = visit.take(state);
  if (!login && visit.user) return { visit, then: '/profile' };
  if (!login) throw Object.assign(new Error('This log-in is no longer open.'), { status: 400, expose: true });
  const { claims, tokens } = await tenant.redeem(url, state, login);
  const fresh = visits.begin(visit);
  fresh.user = claims;
  fresh.tokens = tokens;
  fresh.loggedInAt = Date.now();
  visits.end(visit);
  return { visit: fresh, then: login.then };
}

function ownPath(wanted: unknown): string {
  const fallback = '/profile';
  if (typeof wanted !== 'string' || !/^\/(?![/\\])/.test(wanted) || !URL.canParse(wanted, BASE_URL)) return fallback;
  const url = new URL(wanted, BASE_URL);
  return url.origin === new URL(BASE_URL).origin && !url.pathname.startsWith('//') ? url.pathname + url.search : fallback;
}

// Errors become pages.
koa.use(async (ctx: Ctx, next) => {
  ctx.set({ 'Cache-Control': 'no-store', 'X-Frame-Options': 'DENY', 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'same-origin' });
  try {
    await next();
  } catch (error: any) {
    if (!error.expose) console.error(randomUUID(), error);
    ctx.status = error.status ?? 500;
    view(ctx, 'That did not work', text`<p>${error.expose || error.forUser ? error.message : 'An error on our side.'}</p>` +
      (error.link ? text`<p><a href="${error.link}">${error.linkText}</a></p>` : text`<p><a href="/login">Log in</a></p>`));
  }
});

koa.use((ctx: Ctx, next) => {
  const id = ctx.cookies.get('visit', { signed: true });
  ctx.visit = id ? visits.find(id) : undefined;
  const origin = ctx.get('Origin');
  if (ctx.method === 'POST' && origin && origin !== new URL(BASE_URL).origin) ctx.throw(403, 'A form of another site.');
  return next();
});

koa.use(async (ctx: Ctx) => {
  const parts = ctx.path.split('/');
  const key = `${ctx.method} ${ctx.path}`;
  if (Object.hasOwn(pages, key)) return pages[key](ctx);
  const [, first, id, last] = parts;
  const starred = `${ctx.method} /${first}/*/${last}`;
  if (parts.length === 4 && Object.hasOwn(pages, starred) && /^[\w-]+$/.test(id)) return pages[starred](ctx, id);
  ctx.throw(404, 'There is no such page.');
});

koa.listen(Number(PORT));
