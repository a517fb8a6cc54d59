import type { Page } from '../../shared/browser';
import { readEnvFile } from '../../shared/lib/settings';
import type { Running } from '../support/command';
import { inProcess } from '../support/in-process';
import { patientBrowser } from '../support/patient-browser';
import { Learner } from '../workshop/shell';

/** `npm start` with a my-app/ of its own, on free ports. */
export class RunningWorkshop {
  readonly learner: Learner;
  readonly browser = patientBrowser();
  #command: Running | undefined;

  constructor(name: string) {
    this.learner = new Learner(name);
  }

  /** @param env settings of its process. @param flags further ones. */
  async open(env: Record<string, string> = {}, ...flags: string[]): Promise<void> {
    const { home, app } = this.learner;
    const ports = ['guide', 'app', 'tenant', 'api'].flatMap((one) => [`--${one}-port`, '0']);
    this.#command = inProcess('shared/guide/main.ts', [...ports, '--env', `${home}/env`, ...flags], {
      env: { MY_APP: app, ...env },
    });
    await this.#command.until(/Ctrl-C[\s\S]*\n\n/);
  }

  /** The guide's origin. */
  get origin(): string {
    return /^ {2}Open +(http:\/\/localhost:\d+)/m.exec(this.#command?.stdout() ?? '')?.[1] ?? '';
  }
  /** The app's origin. */
  get app(): string {
    return /^ {2}App +(https?:\/\/localhost:\d+)/m.exec(this.#command?.stdout() ?? '')?.[1] ?? '';
  }
  /** What it wrote into its .env. */
  settings(): Record<string, string> {
    return readEnvFile(`${this.learner.home}/env`);
  }
  /** All that it wrote to standard output. */
  stdout(): string {
    return this.#command?.stdout() ?? '';
  }
  /** All that it wrote to standard error. */
  stderr(): string {
    return this.#command?.stderr() ?? '';
  }
  get(at: string): Promise<Page> {
    return this.browser.get(this.origin + at);
  }
  /** What pressing a button of the guide's pages does. */
  post(at: string, fields: Record<string, string> = {}): Promise<Page> {
    return this.browser.post(this.origin + at, fields, { headers: { origin: this.origin } });
  }
  async close(): Promise<void> {
    this.browser.close();
    await this.#command?.stop();
    this.learner.remove();
  }
}
