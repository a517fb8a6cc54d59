import { expect } from 'chai';
import type { Locator } from 'playwright-core';

/** How somebody acts on a page. */
export interface Hand {
  /** Presses a button, follows a link, unfolds what is folded. */
  press(target: Locator): Promise<void>;
  /** Writes into an empty field. */
  write(field: Locator, text: string): Promise<void>;
  /** Chooses one of several answers. */
  choose(answer: Locator): Promise<void>;
  /** Closes what is open beside or above the page. */
  close(opened: Locator): Promise<void>;
}

export const mouse: Hand = {
  press: async (target) => {
    await ready(target);
    await target.click();
  },
  write: async (field, text) => {
    await field.click();
    await field.page().keyboard.insertText(text);
  },
  choose: (answer) => answer.click(),
  close: (opened) => opened.getByRole('button', { name: /^(Close|Back to the messages)$/ }).click(),
};

/** Tab, Enter, Space and the arrows: nothing gets the focus but by them, and wherever the focus comes it must be seen. */
export const keyboard: Hand = {
  press: async (target) => {
    await ready(target);
    await tabTo(target);
    await target.page().keyboard.press('Enter');
  },
  write: async (field, text) => {
    await tabTo(field);
    await field.page().keyboard.insertText(text);
  },
  choose: async (answer) => {
    await tabTo(answer);
    const isFocused = () => answer.evaluate((one) => one === document.activeElement);
    for (let i = 0; i < MOST_ANSWERS && !(await isFocused()); i++)
      await answer.page().keyboard.press('ArrowDown');
    expect(await isFocused(), 'the arrows lead to each answer').to.equal(true);
    await answer.page().keyboard.press('Space');
  },
  close: (opened) => opened.page().keyboard.press('Escape'),
};

/** A page can be pressed before its scripts have come, and then does it another way. */
async function ready(target: Locator): Promise<void> {
  await target.waitFor();
  await target.page().waitForLoadState();
}

const MOST_ANSWERS = 5;
/** Presses of the Tab key before a failure reports that it does not lead there. */
const MOST_STOPS = 400;
/** Milliseconds within which what has the focus must be in sight: a page may scroll smoothly. */
const IN_SIGHT = 1000;

async function tabTo(target: Locator): Promise<void> {
  const page = target.page();
  let element = await target.evaluateHandle((one) => one);
  const look = async (): Promise<Focus> => {
    const focus = await element.evaluate(focusIn).catch(() => undefined);
    if (focus) return focus;
    // The page has put another element in its place, or another page has come.
    element = await target.evaluateHandle((one) => one);
    return (await element.evaluate(focusIn)) ?? { isThere: false, isSeen: false };
  };
  let focus = await look();
  for (let i = 0; i < MOST_STOPS && !focus.isThere; i++) {
    await page.keyboard.press('Tab');
    focus = await look();
    for (const end = Date.now() + IN_SIGHT; !focus.isSeen; focus = await look()) {
      if (Date.now() > end) {
        const what = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200));
        expect.fail(`the focus cannot be seen on ${what} at ${page.url()}`);
      }
      await page.evaluate(() => new Promise(requestAnimationFrame));
    }
  }
  expect(focus.isThere, `no ${MOST_STOPS} stops of the Tab key lead to ${target} at ${page.url()}`).to.equal(
    true,
  );
}

interface Focus {
  /** It is on the target; the answers of one question are one stop. */
  isThere: boolean;
  /** It has a ring, and nothing covers it (WCAG 2.2, 2.4.7 and 2.4.11). */
  isSeen: boolean;
}

/** In the page. Undefined when the target is no part of it any more. */
function focusIn(target: Element): Focus | undefined {
  if (!target.isConnected) return undefined;
  const active = document.activeElement;
  const group = (one: Element | null) =>
    (one?.getAttribute('type') === 'radio' && one.getAttribute('name')) || one;
  const isSeen = (one: Element): boolean => {
    const { outlineStyle, boxShadow } = getComputedStyle(one);
    if (outlineStyle === 'none' && boxShadow === 'none') return false;
    return [...one.getClientRects()].some(({ left, right, top, bottom }) => {
      const x = (Math.max(left, 0) + Math.min(right, innerWidth)) / 2;
      const y = (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2;
      const hit = document.elementFromPoint(x, y);
      return hit !== null && (one.contains(hit) || hit.contains(one));
    });
  };
  return {
    isThere: group(target) === group(active),
    // Past the last stop, before the first one, nothing has it.
    isSeen: !active || active === document.body || isSeen(active),
  };
}
