import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** Which TypeScript files of a folder import which, by their paths in it; types count as well, packages don't. */
export function importsWithin(folder: string): Map<string, string[]> {
  const files = fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.replaceAll('\\', '/'));
  return new Map(
    files.map((file) => {
      const { importedFiles } = ts.preProcessFile(
        fs.readFileSync(path.join(folder, file), 'utf8'),
        true,
        true,
      );
      const imported = importedFiles
        .filter(({ fileName }) => fileName.startsWith('.'))
        .map(({ fileName }) => path.posix.join(path.posix.dirname(file), fileName))
        .flatMap((name) => [name, `${name}.ts`, `${name}/index.ts`].filter((one) => files.includes(one)));
      return [file, imported];
    }),
  );
}

/** A circle of imports as the paths on it, the first one twice; undefined when there is none. */
export function circleIn(imports: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, way: string[]): string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of imports.get(file) ?? []) {
      const found = visit(next, [...way, file]);
      if (found) return found;
    }
    done.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const found = visit(file, []);
    if (found) return found;
  }
  return undefined;
}
