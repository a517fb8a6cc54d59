import fs from 'node:fs';
import path from 'node:path';
import { materialise } from '../../shared/steps/layers';

/** A learner's app in the middle of step 02: changed files, files of their own, links, a binary file, and what npm installed. */
export function fillMyApp(folder: string): void {
  fs.mkdirSync(path.dirname(folder), { recursive: true });
  materialise(2, folder, { starter: true });
  const write = (file: string, text: string | Buffer) => {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  };
  const edit = (file: string, from: string, to: string) =>
    write(file, fs.readFileSync(path.join(folder, file), 'utf8').replace(from, to));
  edit('auth.ts', '// ', '// Mine: ');
  edit('routes.ts', 'routes(', '/* mine */ routes(');
  edit('views/nav.pug', 'Profile', 'Who I am');
  write('notes of my own, ü.md', '# Notes\n');
  write('lib/helper.ts', 'export const mine = 1;\n');
  write('picture.bin', Buffer.from([0, 255, 254, 10, 13, 0]));
  write('node_modules/big/index.js', 'x'.repeat(100_000));
  write('.git/HEAD', 'ref: refs/heads/main\n');
  fs.writeFileSync(path.join(path.dirname(folder), 'outside.txt'), 'outside\n');
  fs.symlinkSync('../outside.txt', path.join(folder, 'outside'));
  fs.symlinkSync('nowhere', path.join(folder, 'dangling'));
  fs.mkdirSync(path.join(path.dirname(folder), '.my-app'), { recursive: true });
  fs.writeFileSync(path.join(path.dirname(folder), '.my-app', 'progress.yaml'), 'step: 2\n');
}

/** Every file below a folder with its bytes, every link with where it leads. */
export function snapshot(folder: string, below = ''): Record<string, string> {
  const found: Record<string, string> = {};
  const here = path.join(folder, below);
  if (!fs.existsSync(here)) return found;
  for (const entry of fs.readdirSync(here, { withFileTypes: true })) {
    const file = path.join(below, entry.name);
    if (entry.isDirectory()) Object.assign(found, snapshot(folder, file));
    else if (entry.isSymbolicLink()) found[file] = `-> ${fs.readlinkSync(path.join(folder, file))}`;
    else found[file] = fs.readFileSync(path.join(folder, file)).toString('base64');
  }
  return found;
}

export function sameTree(a: Record<string, string>, b: Record<string, string>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
