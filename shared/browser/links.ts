import { baseOf, documentOf } from './forms';
import { type Policy, policyIn } from './referrer';
import type { Page } from './types';

/** Where a link leads, and its own referrer policy. */
export interface Link {
  url: URL;
  policy: Policy | undefined;
}

/** Where the links of a page lead, in their order; with `main` those of its main part, if the page marks it. */
export function links(page: Page, { main = false } = {}): URL[] {
  const document = documentOf(page);
  const base = baseOf(page, document);
  const part = (main && document.querySelector('main')) || document;
  const addresses = part.querySelectorAll('a[href]').map((link) => link.getAttribute('href')?.trim() ?? '');
  return addresses.flatMap((href) => (URL.canParse(href, base) ? [new URL(href, base)] : []));
}

/** The link that a selector finds. @throws Error when the page has no such link. */
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
