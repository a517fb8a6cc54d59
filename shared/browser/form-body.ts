import { randomBytes } from 'node:crypto';
import type { Body, Enctype, Entry } from './types';

/** The body of a form (HTML, section 4.10.21.7). */
export function bodyOf(entries: readonly Entry[], enctype: Enctype): Body {
  switch (enctype) {
    case 'multipart/form-data':
      return multipart(entries);
    case 'text/plain':
      return {
        type: enctype,
        text: entries.map(([name, value]) => `${lines(name)}=${lines(value)}\r\n`).join(''),
      };
    case 'application/x-www-form-urlencoded':
      return { type: enctype, text: query(entries) };
  }
}

/** The entries as the query of an address. */
export const query = (entries: readonly Entry[]): string =>
  new URLSearchParams(entries.map(([name, value]) => [lines(name), lines(value)])).toString();

/** Every line end is sent as CR LF. */
const lines = (text: string): string => text.replace(/\r\n|\r|\n/g, '\r\n');

function multipart(entries: readonly Entry[]): Body {
  const boundary = `----CallYourApiFormBoundary${randomBytes(12).toString('hex')}`;
  const parts = entries.map(([name, value, kind]) => {
    const file = kind === 'file' ? '; filename=""\r\nContent-Type: application/octet-stream' : '';
    return `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"${file}\r\n\r\n${lines(value)}\r\n`;
  });
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    text: `${parts.join('')}--${boundary}--\r\n`,
  };
}

const quoted = (name: string): string =>
  lines(name).replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22');
