import path from 'node:path';
import type { Response } from 'express';
import type { compileTemplate } from 'pug';
import { piecesOf } from './finding-text';

const VIEWS = path.join(__dirname, 'views');
const compiled = new Map<string, compileTemplate>();

const HELPERS = { piecesOf };

/** A view as HTML. It escapes all locals. */
export function html(view: string, locals: object = {}): string {
  return prepare(view)({ ...HELPERS, ...locals });
}

/** Compiles a view at its first use. */
export function prepare(view: string): compileTemplate {
  const known = compiled.get(view);
  if (known) return known;
  // Loaded at the first page.
  const { compileFile } = require('pug') as typeof import('pug');
  const template = compileFile(path.join(VIEWS, `${view}.pug`));
  compiled.set(view, template);
  return template;
}

export interface Frame {
  title: string;
  /** Its entry in the navigation. */
  place: 'steps' | 'wire' | 'tenant' | 'tokens' | 'none';
}

export function sendPage(res: Response, view: string, frame: Frame, locals: object = {}): void {
  res.type('html').send(html(view, { ...res.locals, ...frame, ...locals }));
}

/** Sends the page for an address that leads to nothing. */
export function sendNotFound(res: Response, place: Frame['place'], text: string): void {
  res.status(404);
  sendPage(res, 'message', { title: 'Not here', place }, { text });
}
