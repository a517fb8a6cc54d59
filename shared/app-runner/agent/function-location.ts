import inspector from 'node:inspector';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

interface Position {
  source: string;
  line: number;
  column: number;
}

/** A function's place, such as "/path/file.ts:12"; undefined when V8 does not know it. Takes some milliseconds. */
export function locationOf(work: unknown): string | undefined {
  const session = new inspector.Session();
  const scripts = new Map<string, string>();
  const name = Symbol.for('call-your-api.handler');
  let found: Position | undefined;
  session.connect();
  try {
    Reflect.set(globalThis, name, work);
    session.on('Debugger.scriptParsed', ({ params }) => scripts.set(params.scriptId, params.url));
    session.post('Debugger.enable');
    const expression = `globalThis[Symbol.for('${Symbol.keyFor(name)}')]`;
    session.post('Runtime.evaluate', { expression }, (_, answer) => {
      const objectId = answer?.result?.objectId;
      if (objectId === undefined) return;
      session.post('Runtime.getProperties', { objectId }, (__, own) => {
        const at = own?.internalProperties?.find((one) => one.name === '[[FunctionLocation]]')?.value?.value;
        const url = scripts.get(at?.scriptId) ?? '';
        const source = url.startsWith('file:') ? fileURLToPath(url) : url;
        if (source !== '') found = { source, line: at.lineNumber + 1, column: at.columnNumber };
      });
    });
  } finally {
    Reflect.deleteProperty(globalThis, name);
    session.disconnect();
  }
  return found && `${mapped(found).source}:${mapped(found).line}`;
}

/** The place in the TypeScript file: ts-node's own package has the source maps. */
function mapped(position: Position): Position {
  try {
    const fromTsNode = createRequire(require.resolve('ts-node'));
    return fromTsNode('@cspotcode/source-map-support').mapSourcePosition(position);
  } catch {
    return position;
  }
}
