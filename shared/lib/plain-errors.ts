import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { ERROR_MEMBERS, errorText, plainError } from './oauth-error';

/** Gives every error answer of an oidc-provider only the characters that RFC 6749 allows: in JSON, redirects and the
 * form of response_mode=form_post. Must come before all other middleware. */
export function answerPlainErrors(provider: Provider): void {
  provider.use(async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next();
    const location = ctx.res.getHeader('location');
    if (typeof location === 'string' && location.includes('error=')) ctx.set('Location', inAddress(location));
    const challenges = [ctx.res.getHeader('www-authenticate') ?? []].flat().map(String);
    if (challenges.length > 0) ctx.set('WWW-Authenticate', challenges.map(inChallenge));
    const { body } = ctx;
    if (typeof body === 'string') {
      if (body.includes('name="error"')) ctx.body = inForm(body);
    } else if (isError(body)) ctx.body = plainError(body);
  });
}

function isError(body: unknown): body is { error: string } {
  return typeof (body as { error?: unknown } | null | undefined)?.error === 'string';
}

function inAddress(location: string): string {
  if (!URL.canParse(location)) return location;
  const url = new URL(location);
  if (url.searchParams.has('error')) changeIn(url.searchParams);
  const fragment = new URLSearchParams(url.hash.slice(1));
  if (fragment.has('error')) {
    changeIn(fragment);
    url.hash = fragment.toString();
  }
  return url.href;
}

function changeIn(parameters: URLSearchParams): void {
  for (const name of ERROR_MEMBERS) {
    const value = parameters.get(name);
    if (value !== null) parameters.set(name, errorText(value));
  }
}

/** The library's page. Its values have no double quote. */
function inForm(page: string): string {
  return page.replace(
    /(<input type="hidden" name="(?:error|error_description|scope)" value=")([^"]*)/g,
    (_, before: string, value: string) => before + escaped(errorText(unescaped(value))),
  );
}

function inChallenge(header: string): string {
  return header.replace(
    /\b(error|error_description)="((?:[^"\\]|\\.)*)"/g,
    (_, name: string, value: string) => `${name}="${errorText(value.replace(/\\(.)/g, '$1'))}"`,
  );
}

/** As oidc-provider escapes. */
const ENTITIES: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};
const unescaped = (html: string) =>
  html.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity);
const escaped = (text: string) =>
  text.replace(/[&<>']/g, (one) => Object.keys(ENTITIES).find((entity) => ENTITIES[entity] === one) ?? one);
