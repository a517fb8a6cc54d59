/** An error and its causes. */
export interface ErrorReport {
  name: string;
  code: string | undefined;
  /** HTTP status with which the app answers, where the error has one. */
  status: number | undefined;
  stack: string;
  /** The chain of `cause`, outermost first. */
  causes: readonly ErrorCause[];
}

export interface ErrorCause {
  /** One line without secrets: answers and tokens that a library adds are left out. */
  message: string;
  stack: string;
}

/** Characters of a stack and of a message, and links of a chain. */
const [MOST_STACK, MOST_MESSAGE, MOST_CAUSES] = [20_000, 300, 5];

export function describeError(error: Error): ErrorReport {
  const { name, stack = '', code, status } = error as NodeJS.ErrnoException & { status?: unknown };
  return {
    name: String(name),
    code: code === undefined ? undefined : String(code),
    status: typeof status === 'number' ? status : undefined,
    stack: String(stack).slice(0, MOST_STACK),
    causes: causesOf(error),
  };
}

function causesOf(error: Error): ErrorCause[] {
  const found: ErrorCause[] = [];
  let above = error;
  while (found.length < MOST_CAUSES) {
    const { cause } = above;
    if (!(cause instanceof Error)) {
      const message = comparison(above.message, cause);
      return message === undefined ? found : [...found, { message, stack: '' }];
    }
    const { stack = '' } = cause;
    found.push({ message: messageOf(cause), stack: stack.slice(0, MOST_STACK) });
    above = cause;
  }
  return found;
}

/** An error for several attempts, such as connections to both loopback addresses, has no message of its own. */
function messageOf(error: Error): string {
  const [first] = error instanceof AggregateError ? error.errors : [];
  const { name, message } = !error.message && first instanceof Error ? first : error;
  return `${name}: ${message}`.slice(0, MOST_MESSAGE);
}

/** oauth4webapi puts both values of a failed comparison into the last cause, with claims, body or parameters. */
function comparison(message: string, cause: unknown): string | undefined {
  if (typeof cause !== 'object' || cause === null || !('expected' in cause)) return undefined;
  const { expected, claims, body, parameters, claim, attribute } = cause as Record<string, unknown>;
  const name = String(claim ?? attribute ?? /"(\w+)"[^"]*$/.exec(message)?.[1]);
  const from = parameters instanceof URLSearchParams ? Object.fromEntries(parameters) : (claims ?? body);
  const actual = Object.getOwnPropertyDescriptor(Object(from), name)?.value;
  if (/token|secret|code/.test(name)) return undefined;
  return `expected ${shown(expected)}, got ${shown(actual)}`.slice(0, MOST_MESSAGE);
}

const shown = (value: unknown): string => (value === undefined ? 'none' : (JSON.stringify(value) ?? 'none'));
