import { attempt } from './attempt';

/** How deep JSON from outside may nest. JSON.parse reads any depth, but JSON.stringify and recursive functions
 * overflow the stack at some thousands of levels. */
const DEEPEST = 200;

/** Whether a JSON text nests deeper than that. Needs time in proportion to the text, and no stack. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i];
    if (inString) {
      if (char === '\\') i += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '[' || char === '{') {
      depth += 1;
      if (depth > DEEPEST) return true;
    } else if (char === ']' || char === '}') depth -= 1;
  }
  return false;
}

/** JSON.parse for text from outside. @throws SyntaxError when the text is no JSON, or nests too deep. */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) throw new SyntaxError(`The JSON nests deeper than ${DEEPEST} levels`);
  return JSON.parse(text);
}

/** The members of a JSON object; none when the text is no such object or nests too deep. */
export function membersOf(text: string): Record<string, unknown> {
  if (!/^\s*\{/.test(text)) return {};
  return attempt(() => parseJson(text) as Record<string, unknown>) ?? {};
}

/** A value of parsed JSON as text: a string unchanged, everything else as JSON.
 * `String` would throw on an object with a member named `toString`. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
