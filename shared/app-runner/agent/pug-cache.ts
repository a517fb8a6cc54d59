import fs from 'node:fs';
import type { Loaded } from '../types';

type Pug = typeof import('pug');
type Compile = Pug['compile'];

/** Options on which the compiled view depends and that can be compared; with another one, such as filters, nothing is kept. */
const PLAIN = ['filename', 'basedir', 'doctype', 'pretty', 'self', 'debug', 'compileDebug', 'name'] as const;
const OTHERS = ['filters', 'plugins', 'globals', 'filterOptions'];

/**
 * Compiles an app's pug views before they are needed. A compiled view is a function of the text of its file, of the other views, which it may
 * include or extend, and of the options: only when all are the same is it used again.
 */
export function keepViews({ packages, views }: Loaded): void {
  const engine = packages.find((file) => /[\\/]node_modules[\\/]pug[\\/]lib[\\/]index\.js$/.test(file));
  if (!engine) return;
  const pug = require(engine) as { compile: Compile };
  const { compile } = pug;
  const kept = new Map<string, ReturnType<Compile>>();
  pug.compile = (text, options = {}) => {
    const given = options as Record<string, unknown>;
    if (OTHERS.some((name) => given[name] !== undefined)) return compile(text, options);
    const key = JSON.stringify([text, PLAIN.map((name) => given[name] ?? null), views.map(read)]);
    const known = kept.get(key) ?? compile(text, options);
    kept.set(key, known);
    return known;
  };
  for (const filename of views) {
    try {
      pug.compile(read(filename), { filename });
    } catch {
      // A view with a mistake: told when the app renders it.
    }
  }
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
