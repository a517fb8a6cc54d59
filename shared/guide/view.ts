import path from 'node:path';
import type { Response } from 'express';
import { viewsOf } from '../lib/views';
import { piecesOf, refusalLines } from './finding-text';

const HELPERS = { piecesOf, refusalLines };

export const prepare = viewsOf(path.join(__dirname, 'views'));

/** A view as HTML. It escapes all locals. */
export function html(view: string, locals: object = {}): string {
  return prepare(view)({ ...HELPERS, ...locals });
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
