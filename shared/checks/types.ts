import type { Browser, Page } from '../browser';
import type { Message } from '../recorder';

/** One login, and its messages. */
export interface SampleLogin {
  browser: Browser;
  page: Page;
  /** The address to which the app redirected. */
  authorize: URL;
  token: Message | undefined;
  /** The tenant's answer to it. */
  tokens: Record<string, string | undefined>;
}
