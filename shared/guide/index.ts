import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Router } from 'express';
import { API, APP } from '../app-runner/types';
import { localPorts } from '../lib/elsewhere';
import { listenOnLoopback } from '../lib/listen';
import { err } from '../lib/terminal';
import { UserError } from '../lib/user-error';
import { assets } from './assets';
import { docRoutes } from './docs/routes';
import { chooseEditor, chosenEditor, EDITORS } from './editor';
import { faultRoutes, faultsInWords } from './faults/routes';
import { onlyFromHere, strictHeaders } from './guard';
import type { Guide } from './guide';
import { homeRoutes } from './home/routes';
import { lessonRoutes } from './lesson/routes';
import { tenantRoutes } from './tenant/routes';
import { tokenRoutes } from './tokens/routes';
import { sendNotFound, sendPage } from './view';
import { wireRoutes } from './wire/routes';

export interface RunningGuide {
  /** http://localhost:PORT */
  origin: string;
  close(): Promise<void>;
}

/** Serves the guide on loopback. @param port 0 takes a free one. @throws UserError when the port is taken. */
export async function startGuide(guide: Guide, { port = 0 } = {}): Promise<RunningGuide> {
  let listening = port;
  const site = express();
  site.disable('x-powered-by');
  // If even the error page fails, Express sends only the status.
  site.set('env', 'production');
  // First, since the error page shows it too.
  site.use((_req, res, next) => {
    res.locals.app = guide.app.state;
    res.locals.appLog = guide.app.recent;
    const { ownApi } = guide;
    if (ownApi?.serves)
      Object.assign(res.locals, { api: ownApi.program.state, apiLog: ownApi.program.recent });
    res.locals.faults = faultsInWords(guide);
    res.locals.editors = EDITORS;
    res.locals.editor = chosenEditor();
    next();
  });
  site.use(
    strictHeaders(),
    onlyFromHere(
      () => listening,
      () =>
        localPorts([
          guide.app.state.origin,
          guide.places.issuer,
          guide.places.api,
          ...guide.wire.providers.keys(),
        ]),
    ),
  );
  site.use(assets());
  site.get('/live', guide.hub.handler);
  site.use(express.urlencoded({ extended: false, limit: '100kb', inflate: false }), onlyForms);
  for (const { id, name, program } of programsOf(guide)) {
    site.get(`/${id}`, (_req, res, next) => {
      if (!program()) return next();
      sendPage(res, id, { title: `Your ${name}`, place: 'none' });
    });
    site.post(`/${id}/restart`, (_req, res, next) => {
      const running = program();
      if (!running) return next();
      // The page follows its state.
      void running.start().catch((error: Error) => err(`guide   | ${error.stack}\n`));
      res.redirect(303, `/${id}`);
    });
  }
  // One of several processes of the app: to see what happens when it ends by itself.
  site.post('/app/:number/:act', (req, res, next) => {
    const { number, act } = req.params;
    if (act !== 'kill' && act !== 'restart') return next();
    if (!guide.app.processes.some((one) => String(one.number) === number)) return next();
    // The page follows its state.
    void guide.app.act(Number(number), act).catch((error: Error) => err(`guide   | ${error.stack}\n`));
    res.redirect(303, '/app');
  });
  site.post('/editor', (req, res) => {
    if (!chooseEditor(req.body.editor)) throw new UserError('The guide has no links for that editor.');
    res.redirect(303, pageBefore(req));
  });
  for (const routes of ROUTES) site.use(routes(guide));
  site.use((_req, res) => sendNotFound(res, 'none', 'The guide has no such page.'));
  site.use(failed);
  const server = await listenOnLoopback(site, {
    port,
    party: 'The guide',
    setting: '--guide-port N or GUIDE_PORT',
  });
  listening = server.port;
  return {
    origin: `http://localhost:${server.port}`,
    close: async () => {
      guide.hub.close();
      await server.close();
    },
  };
}

/** The learner's programs, each with a page; the API only while it serves. */
const programsOf = ({ app, ownApi }: Guide) => [
  { ...APP, program: () => app },
  { ...API, program: () => (ownApi?.serves ? ownApi.program : undefined) },
];

/** The page of the guide from which a form was sent. */
function pageBefore({ headers: { referer = '', host } }: Request): string {
  const url = URL.canParse(referer) ? new URL(referer) : undefined;
  // Two slashes would begin another host's address.
  return url?.host === host ? `${url?.pathname}${url?.search}`.replace(/^\/+/, '/') : '/';
}

/** Every body is a form, perhaps an empty one, so that no route has to ask. */
const onlyForms: RequestHandler = (req, _res, next) => {
  if (req.body === undefined && hasBody(req)) throw Object.assign(new Error('not a form'), { status: 415 });
  req.body ??= {};
  next();
};

/** RFC 9112, section 6.3. */
const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

const ROUTES: ((guide: Guide) => Router)[] = [
  homeRoutes,
  docRoutes,
  lessonRoutes,
  wireRoutes,
  tenantRoutes,
  tokenRoutes,
  faultRoutes,
];

/** By the status from Express. */
const UNREADABLE: Record<number, string> = {
  400: 'The URL or the form is malformed. In a URL, two hexadecimal digits must follow every %.',
  413: 'The form is too large. The limit is 100 kB.',
  415: 'The guide accepts forms only in UTF-8 and without compression, as a browser sends them.',
};

/** A user's error is shown; the guide's own goes to the log, and no stack trace reaches the page. */
const failed: ErrorRequestHandler = (error: Error & { status?: number }, _req, res, next) => {
  if (res.headersSent) return next(error);
  const isUserError = error instanceof UserError;
  const status = isUserError ? 409 : (error.status ?? 500);
  if (status >= 500) err(`guide   | ${error.stack}\n`);
  res.status(status);
  const title = isUserError ? 'Not possible now' : 'Something went wrong';
  const unreadable = UNREADABLE[status] ?? 'The request cannot be read.';
  const failure = 'The guide failed. The terminal where npm start runs has the details.';
  const text = isUserError ? error.message : status < 500 ? unreadable : failure;
  sendPage(res, 'message', { title, place: 'none' }, { text });
};
