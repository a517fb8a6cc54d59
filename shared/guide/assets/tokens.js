// @ts-check
import { on, replace } from './live.js';

/** Milliseconds within which messages lead to one look at the list. */
const TOGETHER = 200;

let waits = false;

on('message', () => {
  if (waits) return;
  waits = true;
  setTimeout(() => void showNew(), TOGETHER);
});

async function showNew() {
  waits = false;
  const answer = await fetch('/tokens/seen');
  if (!answer.ok) return;
  const html = await answer.text();
  const template = document.createElement('template');
  template.innerHTML = html;
  const old = document.getElementById('seen');
  if (old && keysIn(old) !== keysIn(template.content)) replace(old, html);
}

/** @param {ParentNode} list */
const keysIn = (list) => [...list.querySelectorAll('button')].map(({ value }) => value).join();

const result = document.getElementById('result');
result?.focus({ preventScroll: true });
result?.scrollIntoView({ block: 'start' });
