import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const TYPES = path.join(path.dirname(require.resolve('auth0')), 'management', 'api');
const FILES = ['types/types.d.ts', 'requests/requests.d.ts'];

/** An interface of Auth0's SDK: its own members, and the interfaces that it extends. */
interface Declared {
  members: string[];
  parents: string[];
}

let declared: Map<string, Declared> | undefined;

function read(): Map<string, Declared> {
  const found = new Map<string, Declared>();
  const visit = (node: ts.Node): void => {
    if (!ts.isInterfaceDeclaration(node)) return void ts.forEachChild(node, visit);
    const members = node.members.filter(ts.isPropertySignature).map(({ name }) => name.getText());
    const parents = (node.heritageClauses ?? []).flatMap((clause) =>
      clause.types.map(({ expression }) => expression.getText().replace(/^.*\./, '')),
    );
    found.set(node.name.text, { members, parents });
  };
  for (const file of FILES) {
    const text = fs.readFileSync(path.join(TYPES, file), 'utf8');
    visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  }
  return found;
}

/**
 * The properties that Auth0's own SDK, in the release that is installed, knows of an interface of the Management API.
 *
 * @param name e.g. "Client".
 * @throws Error for a name that the SDK does not have.
 */
export function sdkProperties(name: string): string[] {
  declared ??= read();
  const one = declared.get(name);
  if (!one) throw new Error(`the SDK has no interface ${name}`);
  return [...one.members, ...one.parents.flatMap(sdkProperties)];
}
