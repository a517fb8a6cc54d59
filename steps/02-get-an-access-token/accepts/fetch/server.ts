import http from 'node:http';
import { escapeHtml, html, Problem, redirect } from './pages';
import { routes } from './routes';
import { sessionOf } from './sessions';

const { PORT = '3000' } = process.env;

async function answer(req: http.IncomingMessage, res: http.ServerResponse): Promise<void> {
  const url = new URL(req.url ?? '/', 'http://app.invalid');
  const route = routes[`${req.method} ${url.pathname}`];
  if (!route) return html(res, 404, 'There is no such page.');
  const session = sessionOf(req, res);
  if (route.needsUser && !session.user) {
    session.wanted = url.pathname;
    return redirect(res, '/login');
  }
  await route.run({ query: url.searchParams, session, res });
}

const listener: http.RequestListener = (req, res) => {
  answer(req, res).catch((error: unknown) => {
    const known = error instanceof Problem;
    if (!known) console.error(error);
    const text = known ? error.message : 'Something went wrong here.';
    html(res, known ? error.status : 502, `${escapeHtml(text)} <a href="/login">Log in</a>`);
  });
};

for (const host of ['127.0.0.1', '::1']) {
  const server = http.createServer(listener);
  server.on('error', (error: NodeJS.ErrnoException) => {
    // Not every machine has IPv6.
    if (host !== '::1' || error.code !== 'EADDRNOTAVAIL') throw error;
  });
  server.listen(Number(PORT), host);
}
