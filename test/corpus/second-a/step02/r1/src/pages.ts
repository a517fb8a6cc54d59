import type { Context } from 'koa';
import { NeedsLogin, layout } from './view';
import type { Visit } from './visits';

export function mustBe(ctx: Context): Visit {
  if (!ctx.state.visit) throw new NeedsLogin(ctx.method === 'POST' ? '/appointments' : ctx.url);
  return ctx.state.visit;
}

export const home = (ctx: Context) =>
  layout(ctx, 'Appointments for everybody', (h) => (ctx.state.visit ? h`<p>Nice to see you, ${ctx.state.visit.claims.name}.</p>` : h`<p>Who are you?</p>`));

export function profile(ctx: Context) {
  const { claims, scope } = mustBe(ctx);
  layout(ctx, String(claims.name ?? claims.sub), (h) => h`<ul><li>E-mail: ${claims.email}</li><li>Subject: ${claims.sub}</li>
</ul><h2>What the app may do</h2><ul>${scope.split(' ').map((s) => h`<li>${s}</li>`)}</ul>`);
}
