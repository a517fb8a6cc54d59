import fs from 'node:fs';
import path from 'node:path';
import { type RequestHandler, Router } from 'express';

const FOLDER = path.join(__dirname, 'assets');

/** Serves the files that are in assets/ at the start, by name: no path is made from a request, and no link is
 * followed. */
export function assets(): Router {
  const names = new Set(
    fs
      .readdirSync(FOLDER, { withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map(({ name }) => name),
  );
  const send: RequestHandler<{ name: string }> = (req, res, next) => {
    const { name } = req.params;
    if (!names.has(name)) return next();
    res.sendFile(name, { root: FOLDER, cacheControl: false, etag: false, lastModified: false }, (error) => {
      // The browser left the page before.
      const left = (error as NodeJS.ErrnoException | undefined)?.code === 'ECONNABORTED';
      if (error && !left && !res.headersSent) next(error);
    });
  };
  return Router().get('/assets/:name', send);
}
