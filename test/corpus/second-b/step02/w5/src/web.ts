import Koa from 'koa';
import { Page, render } from './render';
import { Session, sessionOf } from './session';
import * as login from './login';

export interface State {
  session: Session | undefined;
  form: URLSearchParams;
}
export type Context = Koa.ParameterizedContext<State>;
type Action = (ctx: Context, id: string) => Promise<void> | void;

const ORIGIN = new URL(process.env.BASE_URL!).origin;

export const web = new Koa<State>();
web.keys = [process.env.SESSION_SECRET!];
web.silent = true;

// Errors and headers, around everything.
web.use(async (ctx, next) => {
  ctx.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'DENY', 'Referrer-Policy': 'no-referrer' });
  try {
    await next();
    if (ctx.status === 404 && !ctx.body) throw new Page(404, 'Not found', 'There is nothing at this address.');
  } catch (error) {
    const page = error instanceof Page ? error : new Page(500, 'An error', 'Something went wrong here. Please try again.');
    if (!(error instanceof Page)) console.error(error);
    ctx.status = page.status;
    render(ctx, page.title, page.html());
  }
});

web.use(async (ctx, next) => {
  ctx.state.session = sessionOf(ctx);
  ctx.state.form = new URLSearchParams();
  if (ctx.method === 'POST') {
    const origin = ctx.get('Origin');
    const site = ctx.get('Sec-Fetch-Site');
    if ((origin !== '' && origin !== ORIGIN) || !['', 'none', 'same-origin'].includes(site)) {
      throw new Page(403, 'Not from there', 'This was sent by a page of another site.');
    }
    let text = '';
    ctx.req.setEncoding('utf8');
    for await (const piece of ctx.req) {
      text += piece;
      if (text.length > 10_000) throw new Page(413, 'Too long', 'That is more than we take.');
    }
    ctx.state.form = new URLSearchParams(text);
  }
  await next();
});

export function needUser(ctx: Context): Session & { user: NonNullable<Session['user']> } | undefined {
  const { session } = ctx.state;
  if (session?.user) return session as Session & { user: NonNullable<Session['user']> };
  login.send(ctx, ctx.method === 'GET' ? ctx.path : '/profile');
  return undefined;
}

const actions: Record<string, Action> = {
  'GET /': (ctx) => render(ctx, 'My diary', ctx.state.session?.user ? '<p>Welcome back.</p>' : '<p>Please <a href="/login">log in</a>.</p>'),
  'GET /login': login.start,
  'GET /callback': login.finish,
  'GET /logout': (ctx) => render(ctx, 'Log out', '<form method="post" action="/logout"><button>Log out</button></form>'),
  'POST /logout': login.leave,
  'GET /profile': (ctx) => {
    const session = needUser(ctx);
    if (!session) return;
    const { user, tokens } = session;
    render(ctx, 'Your profile', Page.list({
      Name: user.name,
      'E-mail': user.email,
      Subject: user.sub,
      'Granted scopes': tokens?.scope,
    }));
  },
};

web.use(async (ctx) => {
  const match = /^(\/appointments\/)([^/]+)(\/delete)$/.exec(ctx.path);
  const method = ctx.method === 'HEAD' ? 'GET' : ctx.method;
  const name = `${method} ${match ? `${match[1]}*${match[3]}` : ctx.path}`;
  if (!Object.hasOwn(actions, name)) throw new Page(404, 'Not found', 'There is nothing at this address.');
  let id = '';
  try {
    id = decodeURIComponent(match?.[2] ?? '');
  } catch {
    throw new Page(404, 'Not found', 'There is nothing at this address.');
  }
  await actions[name](ctx, id);
});
