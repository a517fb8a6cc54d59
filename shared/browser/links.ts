import { baseOf, documentOf } from './forms';
import { type Policy, policyIn } from './referrer';
import type { Page } from './types';

/** Where a link leads, and the policy that it has of its own. */
export interface Link {
  url: URL;
  policy: Policy | undefined;
}

/**
 * @param selector finds the link on the page.
 * @throws Error when the page has no such link.
 */
export function linkOf(page: Page, selector: string): Link {
  const document = documentOf(page);
  const link = document.querySelector(selector);
  const href = link?.getAttribute('href');
  if (!link || href === undefined) throw new Error(`${page.url.pathname} has no link ${selector}`);
  const relations = (link.getAttribute('rel') ?? '').toLowerCase().split(/\s+/);
  return {
    url: new URL(href.trim(), baseOf(page, document)),
    policy: relations.includes('noreferrer') ? 'no-referrer' : policyIn(link.getAttribute('referrerpolicy')),
  };
}
