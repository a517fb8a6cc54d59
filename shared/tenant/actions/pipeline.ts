import path from 'node:path';
import type { Scripts } from '../config/scripts';
import type { EventStream } from '../events';
import { type Changes, noChanges, note, tooLarge } from './changes';
import type { Command, Failure, Job, JobResult, Output, Script } from './protocol';
import { Workers } from './workers';

export type Verdict =
  | { kind: 'done'; changes: Changes }
  | { kind: 'redirect'; url: string; suspended: Suspended }
  | {
      kind: 'denied';
      error: string;
      /** For the application. */
      description: string;
      /** For the log. */
      detail: string;
    };

/** A run that waits for the user to return from another page; JSON. */
export interface Suspended {
  /** The script that redirected the user, e.g. "Action Terms". */
  by: string;
  changes: Changes;
}

export interface About {
  client_id: string;
  user_id: string | undefined;
}

export type MetadataChange = { kind: 'app_metadata' | 'user_metadata'; key: string; value: unknown };

export type Input = Omit<Job, 'steps'>;

/** Runs the tenant's own code: Rules then Actions at a login or refresh; Hooks then Actions at a client_credentials
 * request. Belongs to one version of tenant.yaml. */
export class Pipeline {
  readonly #scripts: Script[];
  readonly #workers: Workers;
  readonly #hinted = new Set<string>();

  constructor(
    private readonly given: Scripts,
    private readonly events: EventStream,
    /** Milliseconds for each run. */
    timeLimit: number,
  ) {
    const { rules, postLogin, hooks, credentialsExchange, configuration } = given;
    this.#scripts = [...new Set([...rules, ...postLogin, ...hooks, ...credentialsExchange])];
    this.#workers = new Workers({
      scripts: this.#scripts,
      configuration,
      timeLimit,
      onOutput: (output) => this.#output(output),
      onStray: ({ failure }) => failure && this.#failed(failure, undefined),
    });
  }

  /** Reports what is known before anything has run. */
  reportHints(): void {
    for (const { script, reason } of this.given.hints) this.#hint(script, reason);
    for (const script of this.#scripts) {
      const { file, broken } = script;
      if (!broken) continue;
      const { line, message } = broken;
      this.events.emit({ type: 'action broken', script: label(script), file, line, reason: message });
    }
  }

  get runsAtLogIn(): boolean {
    return this.hasRules || this.given.postLogin.length > 0;
  }

  get hasRules(): boolean {
    return this.given.rules.length > 0;
  }

  get runsForMachines(): boolean {
    return this.given.hooks.length + this.given.credentialsExchange.length > 0;
  }

  /** @param metadata receives each change of the user's metadata, also when the login is denied later. */
  async postLogin(
    input: Input,
    about: About,
    metadata: (change: MetadataChange) => void,
    suspended?: Suspended,
  ): Promise<Verdict> {
    const { rules, postLogin } = this.given;
    const rule = rules.map((script) => ({ script, handler: 'rule' as const }));
    const actions = postLogin.map((script) => ({ script, handler: 'onExecutePostLogin' as const }));
    if (!suspended) return this.#run([...rule, ...actions], input, about, metadata, noChanges());
    // After a redirect all Rules run again, with protocol redirect-callback; an Action continues where it was.
    if (rules.some((script) => label(script) === suspended.by))
      return this.#run([...rule, ...actions], input, about, metadata, noChanges());
    const at = postLogin.findIndex((script) => label(script) === suspended.by);
    const [first, ...others] = actions.slice(at);
    if (at < 0 || !first)
      return this.#deny('access_denied', `${suspended.by} is gone, to which the user came back`, about);
    const steps = [{ script: first.script, handler: 'onContinuePostLogin' as const }, ...others];
    return this.#run(steps, input, about, metadata, suspended.changes);
  }

  credentialsExchange(input: Input, about: About): Promise<Verdict> {
    const { hooks, credentialsExchange } = this.given;
    const steps = [
      ...hooks.map((script) => ({ script, handler: 'hook' as const })),
      ...credentialsExchange.map((script) => ({ script, handler: 'onExecuteCredentialsExchange' as const })),
    ];
    return this.#run(steps, input, about, () => {}, noChanges());
  }

  close(): Promise<void> {
    return this.#workers.close();
  }

  stop(): Promise<void> {
    return this.#workers.stop();
  }

  async #run(
    steps: { script: Script; handler: Job['steps'][number]['handler'] }[],
    input: Input,
    about: About,
    metadata: (change: MetadataChange) => void,
    changes: Changes,
  ): Promise<Verdict> {
    const broken = steps.find(({ script }) => script.broken)?.script;
    if (broken?.broken) {
      const { message, line } = broken.broken;
      return this.#failed({ message, line, script: this.#scripts.indexOf(broken) }, about);
    }
    const result = await this.#workers.run({
      ...input,
      steps: steps.map(({ script, handler }) => ({ script: this.#scripts.indexOf(script), handler })),
    });
    return this.#verdict(result, about, metadata, changes);
  }

  #verdict(
    { commands, failure, brokenOff }: JobResult,
    about: About,
    metadata: (change: MetadataChange) => void,
    changes: Changes,
  ): Verdict {
    if (brokenOff) return BROKEN_OFF;
    for (const command of commands) this.#take(command, changes, metadata, about);
    if (failure) return this.#failed(failure, about);
    const large = tooLarge(changes);
    if (large) return this.#deny('access_denied', large, about);
    const denied = commands.findLast(({ method }) => method === 'access.deny');
    if (denied) return this.#denied(denied, about);
    const away = commands.findLast(({ method }) => method === 'redirect.sendUserTo');
    if (!away) return { kind: 'done', changes };
    const [to, options] = away.args as [string, { query?: Record<string, unknown> } | undefined];
    const url = new URL(to);
    for (const [name, value] of Object.entries(options?.query ?? {}))
      url.searchParams.set(name, String(value));
    return { kind: 'redirect', url: url.href, suspended: { by: this.#label(away.script), changes } };
  }

  #take(command: Command, changes: Changes, metadata: (change: MetadataChange) => void, about: About): void {
    const script = this.#label(command.script);
    note(changes, command, {
      dropped: (token, claim, reason) =>
        this.events.emit({ type: 'claim dropped', ...about, script, token, claim, reason }),
      hint: (reason) => this.#hint(script, reason),
    });
    const kind = { 'user.setAppMetadata': 'app_metadata', 'user.setUserMetadata': 'user_metadata' } as const;
    const which = kind[command.method as keyof typeof kind];
    if (which) metadata({ kind: which, key: String(command.args[0]), value: command.args[1] ?? null });
  }

  #denied({ script, args }: Command, about: About): Verdict {
    const machine = about.user_id === undefined;
    const [error, reason] = machine ? args : ['access_denied', args[0]];
    const description = String(reason ?? 'Access denied.');
    const who = this.#label(script);
    this.events.emit({ type: 'action denied', ...about, script: who, reason: description });
    return { kind: 'denied', error: String(error), description, detail: `${who} denied: ${description}` };
  }

  #deny(error: string, reason: string, about: About): Verdict {
    this.events.emit({ type: 'action denied', ...about, script: 'the tenant', reason });
    return { kind: 'denied', error, description: reason, detail: reason };
  }

  /** The application gets the script's name, the log also the file's path. */
  #failed({ message, script, line }: Failure, about: About | undefined): Verdict {
    const found = script === undefined ? undefined : this.#scripts[script];
    const who = found ? label(found) : 'A script';
    const file = found?.file ?? '';
    this.events.emit({ type: 'action failed', ...about, script: who, file, line, reason: message });
    const place = `${path.basename(file)}${line === undefined ? '' : `, line ${line}`}`;
    return {
      kind: 'denied',
      error: 'access_denied',
      description: sayable(`${who} failed: ${message} (${place})`),
      detail: `${who} failed: ${message} (${file}${line === undefined ? '' : `:${line}`})`,
    };
  }

  #output({ script, level, text }: Output): void {
    const who = this.#label(script);
    if (level === 'hint') this.#hint(who, text);
    else this.events.emit({ type: 'action output', script: who, level, text });
  }

  /** Each hint once: it is the same at every login. */
  #hint(script: string, reason: string): void {
    if (this.#hinted.has(`${script} ${reason}`)) return;
    this.#hinted.add(`${script} ${reason}`);
    this.events.emit({ type: 'action hint', script, reason });
  }

  #label(script: number | undefined): string {
    const found = script === undefined ? undefined : this.#scripts[script];
    return found ? label(found) : 'A script';
  }
}

/** Not a denial: an application may try again (RFC 6749, section 4.1.2.1). */
const BROKEN_OFF: Verdict = {
  kind: 'denied',
  error: 'temporarily_unavailable',
  description: 'The tenant is being stopped.',
  detail: 'the tenant was stopped while scripts ran',
};

const label = ({ kind, name }: Script) => `${kind} ${name}`;

/** RFC 6749, section 4.1.2.1: printable ASCII without quotation marks and backslashes. */
const sayable = (text: string) => text.replace(/["\\]/g, "'").replace(/[^\x20-\x7e]+/g, ' ');
