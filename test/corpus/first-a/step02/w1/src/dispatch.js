'use strict';
const { settings } = require('./settings');
const { Problem } = require('./problem');
const guests = require('./guests');
const { page } = require('./pages');
const routes = require('./routes');

const FIXED = {
  'Cache-Control': 'no-store',
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
  'X-Frame-Options': 'DENY',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
};

function fromOutside(req) {
  const site = req.headers['sec-fetch-site'];
  if (site) return site !== 'same-origin' && site !== 'none';
  return req.headers.origin !== undefined && req.headers.origin !== new URL(settings.self).origin;
}

async function form(req) {
  let text = '';
  req.setEncoding('utf8');
  for await (const chunk of req) {
    text += chunk;
    if (text.length > 20000) throw new Problem(413, 'Too much', 'The form is too long.', '/', 'Home');
  }
  return new URLSearchParams(text);
}

exports.answer = async function answer(req, res) {
  let visitor = guests.find(req);
  const reply = {
    show(name, title, data = {}, status = 200) {
      const html = page(name, title, data, visitor);
      res.writeHead(status, FIXED).end(req.method === 'HEAD' ? undefined : html);
    },
    go(location) {
      res.writeHead(303, { ...FIXED, Location: location }).end();
    },
    cookie(text) {
      res.setHeader('Set-Cookie', text);
    },
  };
  try {
    if (!req.url.startsWith('/')) throw new Problem(400, 'Bad request', 'That is no address of this site.', '/', 'Home');
    const url = new URL(settings.self + req.url);
    const method = req.method === 'HEAD' ? 'GET' : req.method;
    if (method !== 'GET' && fromOutside(req)) throw new Problem(403, 'Not from here', 'This request came from another site.', '/', 'Home');
    const found = routes.find(method, url.pathname);
    if (!found) throw new Problem(404, 'Not found', 'There is no such page.', '/', 'Home');
    const request = { url, visitor, id: found.id, form: method === 'POST' ? await form(req) : undefined };
    if (found.guarded && !(visitor && visitor.user)) {
      const back = method === 'GET' ? url.pathname + url.search : '/appointments';
      return reply.go('/login?returnTo=' + encodeURIComponent(back));
    }
    await found.handle(request, reply);
  } catch (error) {
    let problem = error;
    if (!(error instanceof Problem)) {
      console.error(error);
      problem = new Problem(500, 'Something went wrong', 'The mistake is ours. Please try again.', '/', 'Home');
    }
    if (res.headersSent) return res.end();
    reply.show('problem', problem.title, { text: problem.message, href: problem.href, link: problem.link }, problem.status);
  }
};
