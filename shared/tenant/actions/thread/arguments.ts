import { format } from 'node:util';

export function mustBeText(value: unknown, what: string): void {
  if (typeof value !== 'string' || value === '')
    throw new TypeError(`${what} must be a text, and is ${format('%o', value)}`);
}

export function mustBeUrl(url: unknown, what: string): void {
  if (typeof url !== 'string' || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new TypeError(`${what} needs an absolute http(s) URL, and got ${format('%o', url)}`);
}
