import { type HTMLElement, parse } from 'node-html-parser';
import type { Page } from './types';

/** The text that a person reads on the page. */
export function text(page: Page): string {
  return wordsOf(documentOf(page));
}

/** The text of the main part, without menus, if the page has one; else of the whole page. */
export function gist(page: Page): string {
  const document = documentOf(page);
  return wordsOf(document.querySelector('main') ?? document);
}

const documentOf = ({ body }: Page) => parse(body.replace(/^\s*<!doctype[^>]*>/i, ''));

/** Blocks are separated, as on the screen. */
const wordsOf = (element: HTMLElement) => element.structuredText.replace(/\s+/g, ' ').trim();
