import type { Finding } from '../lib/finding';
import { UserError } from '../lib/user-error';
import type { AgentEvent } from './agent';
import type { ErrorReport } from './agent/describe-error';
import { chainOf, placeOf } from './error-report';
import { likelyCause } from './likely-causes';
import { importOf, placeIn } from './stack-trace';
import type { Kind } from './types';

/** An app that does not start, or has ended: no check can run, and each one reports this. */
export class AppTrouble extends UserError {
  constructor(
    message: string,
    readonly finding: Finding,
  ) {
    super(message);
  }
}

export interface Scene {
  kind: Kind;
  /** The folder to which places in findings are relative. */
  folder: string;
  /** Its last output. */
  output: string;
  /** The port that it must use. */
  port: number;
  /** What ended it, if the agent reported that. */
  error?: (ErrorReport & { rejected: boolean }) | undefined;
}

export const fatalErrorOf = ({ events }: { events: readonly AgentEvent[] }): Scene['error'] =>
  events.flatMap((one) => ('fatal' in one ? [one.fatal] : [])).at(-1);

/** When a program ended: before it listened, in the middle of the checks, or while npm start ran it. */
type When = 'start' | 'checks' | 'use';

/** The app ended, although nobody ended it. */
export function crashed(
  { kind: { id, name }, folder, output, port, error: fatal }: Scene,
  code: number | null,
  signal: NodeJS.Signals | null,
  when: When,
): Finding {
  const how = code === null ? `by the signal ${signal}` : `with exit code ${code}`;
  const expected = {
    start: `the ${name} listens on port ${port} (PORT)`,
    checks: `the ${name} goes on while it is checked`,
    use: `the ${name} runs until you end it`,
  }[when];
  const seen = `${when === 'checks' ? 'in the middle of the checks ' : ''}the ${name} ended ${how}`;
  const missing = /Cannot find (?:module|package) '([^']+)'/.exec(output)?.[1];
  if (missing !== undefined)
    return { id: `${id}-module-missing`, ...noModule(missing, { folder, output }, { expected, seen }) };
  const syntax = /^(?:\w*Error:)?\s*[x×] (.+)$/m.exec(output);
  if (/Syntax Error/.test(output) && syntax?.[1]) {
    const at = placeIn(output, folder);
    return {
      id: `${id}-syntax`,
      expected,
      seen: `${seen}: ${syntax[1]}${at ? `, at ${at}` : ''}`,
      cause: `${at ?? 'a file'} is not TypeScript at that place: often a bracket, quote or comma before it`,
      next: `look at ${at ?? `the place that the ${name}’s output names`} and the line before it`,
    };
  }
  const wants = /Set these in its environment or \.env:\n((?: +- .+\n?)+)/.exec(output)?.[1];
  if (wants !== undefined)
    return {
      id: `${id}-setting-missing`,
      expected,
      seen: `${seen}; it wants settings: ${list(wants)}`,
      cause: `the ${name} needs a setting that is missing, or does not accept its value`,
      next:
        id === 'api'
          ? 'look at the names in api/server.ts: the API gets ISSUER_BASE_URL, AUDIENCE and PORT'
          : 'look at the name in config.ts: the check gives the settings that .env has, by the same names',
    };
  const error = fatal ? chainOf(fatal) : lastError(output);
  const at = (fatal && placeOf(fatal, folder)) ?? placeIn(output, folder);
  const likely = fatal && likelyCause(fatal, folder);
  if (likely) return { expected, seen: `${seen}: ${error}${at ? `, at ${at}` : ''}`, ...likely };
  if (/ERR_HTTP_HEADERS_SENT|Cannot set headers after they are sent/.test(error ?? ''))
    return {
      id: `${id}-answers-twice`,
      expected,
      seen: `${seen}: ${error}${at ? `, at ${at}` : ''}`,
      cause:
        'one request is answered twice: a handler goes on after its res.render or res.redirect, or the same work is done a second time, as by a duplicated line',
      next: `look ${at ? `at ${at}` : 'at the handlers that you changed last'}: which code still runs after the answer?`,
    };
  return {
    id: `${id}-crashed`,
    expected,
    seen: `${seen}: ${error ?? lastLine(output) ?? 'it wrote nothing'}${at ? `, at ${at}` : ''}`,
    cause: error
      ? (fatal?.rejected ?? /unhandled|ERR_UNHANDLED/i.test(output))
        ? `a promise was rejected, and the ${name} neither awaited nor caught it: then Node ends the process`
        : 'an error that nobody catches ends the whole process, for all users at once'
      : `not known: read the ${name}’s last output`,
    next: at
      ? `look at ${at}; ${when !== 'start' ? `await what may fail inside the handler, so that Express ${id === 'api' ? 'answers with an error' : 'shows the error page'}` : 'run npm start to see it whole'}`
      : when === 'use'
        ? `read its output, then restart the ${name}, or save a file of it`
        : 'run npm start, and read what it writes',
  };
}

function noModule(
  missing: string,
  { folder, output }: Pick<Scene, 'folder' | 'output'>,
  context: Pick<Finding, 'expected' | 'seen'>,
): Omit<Finding, 'id'> {
  const at = importOf(missing, output, folder) ?? placeIn(output, folder);
  const own = missing.startsWith('.') || missing.startsWith('/');
  return {
    expected: context.expected,
    seen: `${context.seen}: there is no ${own ? 'file' : 'package'} ${missing}${at ? `, which ${at} imports` : ''}`,
    cause: own
      ? 'the file has another name or is in another folder'
      : 'the package is not installed, or its name is misspelt',
    next: own
      ? `compare the name at ${at ?? 'the import'} with the files`
      : `npm install ${missing
          .split('/')
          .slice(0, missing.startsWith('@') ? 2 : 1)
          .join('/')}, or fix the name`,
  };
}

/** The last error that was written with its stack: "TypeError: x is not a function". */
function lastError(output: string): string | undefined {
  const found = [...output.matchAll(/^(?:Uncaught )?((?:\w*Error|\w+Exception)(?: \[\w+\])?: .+)$/gm)];
  return found.at(-1)?.[1]?.slice(0, 200);
}

export function lastLine(output: string): string | undefined {
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !/^Node\.js v/.test(line));
  return lines.at(-1)?.trim().slice(0, 200);
}

const list = (text: string) =>
  text
    .split('\n')
    .map((line) => line.replace(/^ +- /, '').trim())
    .filter(Boolean)
    .join('; ');
