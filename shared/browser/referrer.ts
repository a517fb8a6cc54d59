import { parse } from 'node-html-parser';
import type { Page } from './types';

const POLICIES = [
  'no-referrer',
  'no-referrer-when-downgrade',
  'origin',
  'origin-when-cross-origin',
  'same-origin',
  'strict-origin',
  'strict-origin-when-cross-origin',
  'unsafe-url',
] as const;
export type Policy = (typeof POLICIES)[number];

/** The default policy (Referrer Policy, section 3). */
const DEFAULT: Policy = 'strict-origin-when-cross-origin';

/** The last policy in a list that a browser knows; undefined when there is none (Referrer Policy, section 8.1). */
export function policyIn(list: string | undefined): Policy | undefined {
  const words = (list ?? '').split(',').map((word) => word.trim().toLowerCase());
  return POLICIES.findLast(
    (policy) => policy === words.findLast((word) => POLICIES.some((one) => one === word)),
  );
}

/** The policy of a page: its last meta element, else the header. */
export function policyOf({ body, headers }: Page): Policy {
  const inPage = parse(body)
    .querySelectorAll('meta[name=referrer]')
    .map((meta) => policyIn(meta.getAttribute('content')))
    .findLast(Boolean);
  return inPage ?? policyIn(String(headers['referrer-policy'] ?? '')) ?? DEFAULT;
}

/** The Referer (Referrer Policy, section 8.3), undefined for none. An earlier redirect may have shortened `from`. */
export function referrer(policy: Policy, from: URL, to: URL): string | undefined {
  const origin = `${from.origin}/`;
  const address = new URL(from);
  address.hash = address.username = address.password = '';
  const whole = address.href;
  const same = from.origin === to.origin;
  const downgrade = from.protocol === 'https:' && to.protocol !== 'https:';
  switch (policy) {
    case 'no-referrer':
      return undefined;
    case 'origin':
      return origin;
    case 'unsafe-url':
      return whole;
    case 'same-origin':
      return same ? whole : undefined;
    case 'origin-when-cross-origin':
      return same ? whole : origin;
    case 'strict-origin':
      return downgrade ? undefined : origin;
    case 'no-referrer-when-downgrade':
      return downgrade ? undefined : whole;
    case 'strict-origin-when-cross-origin':
      return downgrade ? undefined : same ? whole : origin;
  }
}

/** Whether a policy hides the origin of a page that posts something (Fetch, section 3.2). */
export function hidesOrigin(policy: Policy, from: URL, to: URL): boolean {
  if (policy === 'no-referrer') return true;
  if (policy === 'same-origin') return from.origin !== to.origin;
  const strict = policy !== 'origin' && policy !== 'origin-when-cross-origin' && policy !== 'unsafe-url';
  return strict && from.protocol === 'https:' && to.protocol !== 'https:';
}
