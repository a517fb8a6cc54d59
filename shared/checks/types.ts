import type { Browser, Page } from '../browser';
import type { Message } from '../recorder';

/** One ordinary login, and its messages. */
export interface SampleLogin {
  browser: Browser;
  page: Page;
  /** What the app sent the browser to. */
  authorize: URL;
  token: Message | undefined;
  /** What the tenant answered to it. */
  tokens: Record<string, string | undefined>;
}
