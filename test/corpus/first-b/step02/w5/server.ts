const Koa = require('koa');
import * as oidc from 'openid-client';
import { randomUUID } from 'node:crypto';

const { PORT, BASE_URL, ISSUER_BASE_URL, CLIENT_ID, CLIENT_SECRET, AUDIENCE } = process.env as Record<string, string>;
const wanted = ['openid', 'profile', 'email'];

const app = new Koa();
const memory: Record<string, any> = Object.create(null); // sessions

let server: Promise<oidc.Configuration> | undefined;
const tenant = () => {
  server ??= oidc
    .discovery(new URL(ISSUER_BASE_URL), CLIENT_ID, {}, oidc.ClientSecretPost(CLIENT_SECRET), {
      execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
      timeout: 4,
    })
    .catch((cause) => {
      server = undefined; // ask again next time
      throw Object.assign(new Error('The tenant cannot be reached', { cause }), { status: 503, expose: true });
    });
  return server;
};

const h = (s: unknown) => String(s ?? '').replace(/["&'<>]/g, (c) => `&#x${c.charCodeAt(0).toString(16)};`);
function render(ctx: any, title: string, body: string) {
  const me = ctx.state.session?.user;
  const menu: [string, string][] = [['/', 'Home'], me ? ['/profile', 'Me'] : ['/login', 'Log in']];
  ctx.type = 'html';
  ctx.body = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${h(title)}</title></head><body>
<ul>${menu.map(([to, name]) => `<li><a href="${to}">${name}</a></li>`).join('')}</ul>
${me ? '<form method="POST" action="/logout"><button type="submit">Log out</button></form>' : ''}
<h1>${h(title)}</h1>${body}</body></html>`;
}

const pages: Record<string, (ctx: any) => unknown> = {
  'GET /': (ctx) => render(ctx, 'Appointments', '<p>Nice to see you.</p>'),

  'GET /login': async (ctx) => {
    const config = await tenant();
    if (!ctx.state.session) {
      ctx.state.sid = randomUUID();
      ctx.state.session = memory[ctx.state.sid] = { tries: {} };
      cookie(ctx, ctx.state.sid);
    }
    const [state, nonce, verifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()];
    const { tries } = ctx.state.session;
    for (const old of Object.keys(tries).slice(0, -19)) delete tries[old];
    tries[state] = { nonce, verifier, next: inside(ctx.query.returnTo) };
    const to = oidc.buildAuthorizationUrl(config, {
      redirect_uri: `${BASE_URL}/callback`,
      scope: wanted.join(' '),
      audience: AUDIENCE,
      state,
      nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    ctx.status = 303;
    ctx.redirect(to.href);
  },

  'GET /callback': async (ctx) => {
    const { session } = ctx.state;
    const state = String(ctx.query.state);
    const attempt = session && Object.hasOwn(session.tries, state) && session.tries[state];
    if (!attempt) {
      if (session?.user) return see(ctx, '/profile');
      ctx.throw(400, 'This login is no longer open');
    }
    attempt.promise ??= complete(ctx, attempt, state).finally(() => delete session.tries[state]);
    cookie(ctx, await attempt.promise);
    see(ctx, attempt.next);
  },

  'POST /logout': (ctx) => {
    delete memory[ctx.state.sid];
    ctx.cookies.set('me', null, { signed: false });
    see(ctx, `${ISSUER_BASE_URL}v2/logout?${new URLSearchParams({ client_id: CLIENT_ID, returnTo: `${BASE_URL}/` })}`);
  },

  'GET /profile': members((ctx) => {
    const { user, keys } = ctx.state.session;
    const more = '';
    render(ctx, 'Me', `<p>${h(user.name)} &lt;${h(user.email)}&gt;</p>${more}<p>May: ${h(keys?.scope)}</p>`);
  }),
};

function members(page: (ctx: any) => unknown) {
  return (ctx: any) => (ctx.state.session?.user ? page(ctx) : see(ctx, `/login?returnTo=${encodeURIComponent(ctx.method === 'GET' ? ctx.url : '/appointments')}`));
}
function see(ctx: any, where: string) {
  ctx.status = 303;
  ctx.redirect(where);
}
function cookie(ctx: any, value: string) {
  ctx.cookies.set('me', value, { httpOnly: true, sameSite: 'lax', signed: false, overwrite: true, secure: BASE_URL.startsWith('https:') });
}
function inside(path: any) {
  try {
    const url = new URL(path, BASE_URL);
    if (path.startsWith('/') && url.origin === BASE_URL && !url.pathname.startsWith('//') && !/^\/(login|callback|logout)/.test(url.pathname)) return url.pathname + url.search;
  } catch {}
  return '/profile';
}

async function complete(ctx: any, attempt: any, state: string) {
  const { session, sid } = ctx.state;
  let response;
  try {
    response = await oidc.authorizationCodeGrant(await tenant(), new URL(ctx.url, BASE_URL), {
      expectedState: state,
      expectedNonce: attempt.nonce,
      pkceCodeVerifier: attempt.verifier,
      idTokenExpected: true,
    });
  } catch (error: any) {
    if (error.status === 503 && error.expose) throw error;
    if (error instanceof oidc.AuthorizationResponseError) ctx.throw(403, 'You are not logged in');
    console.error(error.message);
    ctx.throw(502, 'The login failed', { expose: true });
  }
  // one session for each user
  const fresh = Buffer.from(response.claims()!.sub).toString('base64url');
  const { [state]: done, ...tries } = session.tries;
  memory[fresh] = { tries, user: response.claims(), keys: keep(response), second: session.first };
  if (sid !== fresh) delete memory[sid];
  return fresh;
}
function keep(r: any, old?: any) {
  const now = Date.now();
  const ms = (r.expires_in ?? 86_400) * 1000;
  return { access: r.access_token, scope: r.scope ?? old?.scope, born: now, dies: now + ms };
}

app.use(async (ctx: any, next: any) => {
  ctx.set('Cache-Control', 'no-store');
  try {
    await next();
  } catch (error: any) {
    const status = error.status ?? 500;
    if (!error.status) console.error(error);
    ctx.status = status;
    const text = error.expose ? error.message : 'Something went wrong';
    render(ctx, text, '<a href="/login">Log in</a>');
  }
});
app.use((ctx: any) => {
  const origin = ctx.get('origin');
  if (ctx.method === 'POST' && origin && origin !== BASE_URL) ctx.throw(403, 'Sent by another site');
  ctx.state.sid = ctx.cookies.get('me', { signed: false }) ?? '';
  ctx.state.session = memory[ctx.state.sid];
  const page = pages[`${ctx.method} ${ctx.path.replace(/^\/appointments\/[^/]+\/delete$/, '/appointments/:id/delete')}`];
  if (!page) ctx.throw(404, 'Not found');
  return page(ctx);
});
app.listen(PORT);
