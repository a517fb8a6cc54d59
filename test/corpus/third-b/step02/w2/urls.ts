import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { HttpError } from './exceptions';
import { escape, page } from './templates';
import * as views from './views';

export const urlpatterns: ['get' | 'post', string, ...RequestHandler[]][] = [
  ['get', '/', views.index],
  ['get', '/login', views.login],
  ['get', '/callback', views.callback],
  ['post', '/logout', views.logout],
  ['get', '/profile', views.loginRequired, views.profile],
];

export const handler404: RequestHandler = (req, res) => void res.status(404).send(page(req, 'Page not found', ''));
export function handler500(error: any, req: Request, res: Response, _next: NextFunction) {
  if (!(error instanceof HttpError)) {
    const status = error?.status >= 400 && error?.status < 500 ? error.status : 500;
    if (status === 500) console.error(error);
    return void res.status(status).send(page(req, 'That did not work', '<p>Please try again later.</p>'));
  }
  const link = error.link ? `<p><a href="${escape(error.link[0])}">${escape(error.link[1])}</a>` : '';
  res.status(error.status).send(page(req, error.title, `<p>${escape(error.message)}</p>${link}`));
}
