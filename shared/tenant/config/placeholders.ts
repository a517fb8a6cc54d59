import { type Document, type Node, Scalar, visit } from 'yaml';
import { own } from '../../lib/own';

/** Marks auth0-deploy-cli's `##NAME##` and `@@NAME@@`: YAML reads the first as a comment and forbids the second. A
 * line that begins with `##NAME##` remains a comment unless the environment has that name. */
export function markPlaceholders(text: string, env: NodeJS.ProcessEnv): string {
  return text
    .replace(/^([ \t]*)?##(\w+)##/gm, (whole, indent: string | undefined, name: string) =>
      own(env, name) === undefined ? whole : `${indent ?? ''}${TEXT}${name}${END}`,
    )
    .replace(/(?<=\S.*)##(\w+)##/g, `${TEXT}$1${END}`)
    .replace(/@@(\w+)@@/g, `${JSON_VALUE}$1${END}`);
}

/** The placeholders in a text, and what would look like a marked one. */
export function placeholdersIn(text: string): { placeholder: string; name: string }[] {
  const found = [...text.matchAll(/(##|@@)(\w+)\1/g)].map(([placeholder, , name = '']) => ({
    placeholder,
    name,
  }));
  const used = new RegExp(`[${TEXT}${JSON_VALUE}${END}]`).exec(text);
  return used ? [...found, { placeholder: 'a letter of Unicode’s private use area', name: '' }] : found;
}

export function unmarkPlaceholders(text: string): string {
  return text.replace(MARKED, (_match, kind: string, name: string) => spelled(kind, name));
}

/** Fills placeholders in the parsed document, so that no value changes its structure. As in auth0-deploy-cli
 * `@@NAME@@` may be JSON, an unquoted `##NAME##` a number or boolean. Unset ones remain marked: see `unsetIn`. */
export function fillPlaceholders(document: Document.Parsed, env: NodeJS.ProcessEnv): void {
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value !== 'string' || !node.value.includes(END)) return undefined;
      const whole = WHOLE.exec(node.value);
      const text = node.value.replace(MARKED, (marked, _kind, name: string) => own(env, name) ?? marked);
      // Checked later.
      if (text.includes(END)) {
        node.value = text;
        return undefined;
      }
      if (whole?.[1] === JSON_VALUE) {
        const made = document.createNode(parsedOr(text)) as Node;
        if (node.range) made.range = node.range;
        return made;
      }
      const typed = whole && node.type === Scalar.PLAIN && /^(?:true|false|-?\d+(?:\.\d+)?)$/.test(text);
      node.value = typed ? JSON.parse(text) : text;
      return undefined;
    },
  });
}

/** The unset placeholders in a text, each as a message. */
export function unsetIn(text: string): string[] {
  return [...text.matchAll(MARKED)].map(
    ([, kind = '', name = '']) => `${spelled(kind, name)} needs ${name} in the environment`,
  );
}

/** From Unicode's private use area. */
const TEXT = '\uE000';
const JSON_VALUE = '\uE001';
const END = '\uE002';
const MARKED = new RegExp(`([${TEXT}${JSON_VALUE}])(\\w+)${END}`, 'g');
const WHOLE = new RegExp(`^([${TEXT}${JSON_VALUE}])\\w+${END}$`);

const spelled = (kind: string, name: string) => (kind === TEXT ? `##${name}##` : `@@${name}@@`);

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
