import type { Browser, Page } from '../browser';
import type { Message } from '../recorder';

/** One ordinary log-in, and what passed between the parties in its course. */
export interface SampleLogin {
  browser: Browser;
  /** Where it ended. */
  page: Page;
  /** What the app sent the browser to. */
  authorize: URL;
  /** The token request, when the app sent one. */
  token: Message | undefined;
  /** What the tenant answered to it. */
  tokens: Record<string, string | undefined>;
}
