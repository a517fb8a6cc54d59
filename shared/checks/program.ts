import type { Finding } from './diagnosis';
import type { Watched } from './explain';

/** What a check looks at: the app, or the learner's API. */
export class Program {
  /** The finding of one that is in an infinite loop. */
  infiniteLoop: Finding | undefined;

  constructor(
    private readonly watch: () => Watched,
    private readonly why: () => Finding | undefined,
  ) {}

  /** For explanations; without a process when it runs elsewhere. */
  get watched(): Watched {
    return this.watch();
  }

  /** Why no check of it can run: it did not start, or has ended. */
  get trouble(): Finding | undefined {
    return this.why();
  }
}
