import { type HTMLElement, parse } from 'node-html-parser';
import type { Page } from './types';

/** What a person reads on the page. */
export function text(page: Page): string {
  return wordsOf(documentOf(page));
}

/** What a page has to say: without what stands on every page of a site, where it marks its main part. */
export function gist(page: Page): string {
  const document = documentOf(page);
  return wordsOf(document.querySelector('main') ?? document);
}

const documentOf = ({ body }: Page) => parse(body.replace(/^\s*<!doctype[^>]*>/i, ''));

/** Blocks stand apart, as they do on the screen. */
const wordsOf = (element: HTMLElement) => element.structuredText.replace(/\s+/g, ' ').trim();
