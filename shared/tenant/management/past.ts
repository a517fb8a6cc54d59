import { isDeepStrictEqual } from 'node:util';
import { filled, type Plain, yamlValue } from '../config/edit';

/** How many texts are remembered. */
const MOST = 20;

/**
 * What the file was before the latest edits, as long as nobody else saved it. auth0-deploy-cli takes a role's permissions away and gives them
 * again at each import: where an edit leads back to what the file said before, it is written as it was, with its comments.
 */
export class Past {
  #texts: string[] = [];
  #last: string | undefined;

  wrote(before: string, now: string): void {
    if (before !== this.#last) this.#texts = [];
    this.#texts = [...this.#texts, before].slice(-MOST);
    this.#last = now;
  }

  /** An earlier text with this value. */
  again(now: string, wanted: Plain, env: NodeJS.ProcessEnv): string | undefined {
    if (now !== this.#last) return undefined;
    const meant = filled(wanted, env);
    return this.#texts.findLast((text) => isDeepStrictEqual(yamlValue(text, env), meant));
  }
}
