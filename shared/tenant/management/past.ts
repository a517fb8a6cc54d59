import { isDeepStrictEqual } from 'node:util';
import { filled, type Plain, yamlValue } from '../config/edit';

const MOST = 20;

/** Earlier texts of the file until somebody else saves it. auth0-deploy-cli removes a role's permissions and adds
 * them again at each import: an edit back to an earlier value restores that text, with its comments. */
export class Past {
  #texts: string[] = [];
  #last: string | undefined;

  wrote(before: string, now: string): void {
    if (before !== this.#last) this.#texts = [];
    this.#texts = [...this.#texts, before].slice(-MOST);
    this.#last = now;
  }

  again(now: string, wanted: Plain, env: NodeJS.ProcessEnv): string | undefined {
    if (now !== this.#last) return undefined;
    const meant = filled(wanted, env);
    return this.#texts.findLast((text) => isDeepStrictEqual(yamlValue(text, env), meant));
  }
}
