import fs from 'node:fs';
import path from 'node:path';
import { Router } from 'express';
import { ROOT } from '../../lib/places';
import { renderDocument } from '../lesson/page';
import { sendNotFound, sendPage } from '../view';

const FOLDER = path.join(ROOT, 'docs');

/** The documents of docs/, which need no network here. */
export function docRoutes(): Router {
  return Router().get('/docs/:name', (req, res) => {
    // Looked up among the files that exist: no path is made from a request.
    const file = fs.readdirSync(FOLDER).find((one) => one === `${req.params.name}.md`);
    if (file === undefined) return sendNotFound(res, 'none', 'docs/ has no such document.');
    const { parts } = renderDocument(path.join(FOLDER, file));
    const whole = parts.map((part) => part.html).join('');
    const title = /<h1[^>]*>([^<]*)/.exec(whole)?.[1] ?? file;
    sendPage(res, 'document', { title, place: 'none' }, { html: whole });
  });
}
