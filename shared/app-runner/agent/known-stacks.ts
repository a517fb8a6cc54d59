/** Stacks of a few places that are reached again and again: the lines of the source are looked up once for each. */
export class KnownStacks {
  readonly #known = new Map<string, string>();

  /** The stack of the caller. */
  here(): string {
    const sites = callSites();
    const known = this.#known.get(sites);
    if (known !== undefined) return known;
    const { stack = '' } = new Error('here');
    this.#known.set(sites, stack);
    return stack;
  }

  /** Another app in the same process has other lines. */
  clear(): void {
    this.#known.clear();
  }
}

/** The places of the compiled code, which cost little. */
function callSites(): string {
  const { prepareStackTrace } = Error;
  try {
    Error.prepareStackTrace = (_error, sites) =>
      sites.map((one) => `${one.getFileName()}:${one.getLineNumber()}:${one.getColumnNumber()}`).join('\n');
    return String(new Error('here').stack);
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
}
