import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { titleOf } from '../../shared/guide/wire/kind';
import { findStep, readApp, type Step } from '../../shared/steps/layers';
import { sharedBrowser } from '../support/browser';
import { errorsOf, PATIENCE } from '../support/pages';
import { ANN } from '../support/workshop';
import { RunningWorkshop } from './guide';
import type { Hand } from './input-devices';

/** When somebody saves: after each task, or once, when all tasks of the step are written. */
export type Saves = 'each task' | 'all at once';

/**
 * Steps 02 and 04, with the pages and the app that a person opens meanwhile.
 *
 * @param saves no page is touched between two saves, so one way to act on pages is enough to see each task's turn.
 */
export function walk(how: string, hand: Hand, saves: Saves): void {
  describe(`a person’s whole way through the guide, ${how}`, function () {
    this.timeout(2 * PATIENCE);
    const workshop = new RunningWorkshop(how);
    let browser: Browser;
    let context: BrowserContext;
    let page: Page;
    let errors: string[];
    before(async () => {
      [browser] = await Promise.all([sharedBrowser(), workshop.open()]);
      context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
      context.setDefaultTimeout(PATIENCE);
      page = await context.newPage();
      errors = errorsOf(page);
    });
    after(async () => {
      await context?.close();
      await workshop.close();
    });
    afterEach(() => expect(errors.splice(0)).to.deep.equal([]));

    it('leads through step 02', async () => {
      const step = findStep('2');
      await page.goto(workshop.origin);
      await hand.press(link(page, step.title));
      await hand.press(button(page, 'Start this step'));
      await page.getByText('now has the files of this step').waitFor();
      await solve(page, workshop, step, saves, {
        '2.1': ['2.1'],
        '2.4': ['2.1', '2.4'],
        '2.5': ['2.1', '2.2', '2.3', '2.4', '2.5'],
      });
      await button(page, 'On to step 3').waitFor();

      const app = await openApp(page, hand);
      await logIn(app, hand, workshop, 'Log in');
      await app.getByRole('heading', { name: ANN.name }).waitFor();
      await app.close();
      // The login came to the page that remained open, and a message of it opens beside the lesson.
      await hand.press(link(page, 'POST /oauth/token'));
      await follow(page, hand);
      await page.getByRole('heading', { level: 1, name: step.title }).waitFor();

      await answerAll(page, hand, step);
      await hand.press(summary(page, 'More'));
      await hand.press(button(page, 'Reset: restore the files of this step'));
      await each(page, step, WRONG);
      await hand.press(button(page, 'Undo'));
      await each(page, step, 'right');
      await hand.press(button(page, 'On to step 3'));
      await page.getByRole('heading', { level: 1, name: findStep('3').title }).waitFor();
    });

    it('catches up with step 03 and leads through step 04', async () => {
      const step = findStep('4');
      await hand.press(summary(page, 'More'));
      await hand.press(button(page, 'Catch up: use the finished app of this step'));
      await button(page, 'On to step 4').waitFor();
      await hand.press(button(page, 'Undo'));
      await button(page, 'On to step 4').waitFor({ state: 'hidden' });
      await hand.press(summary(page, 'More'));
      await hand.press(button(page, 'Catch up: use the finished app of this step'));
      await hand.press(button(page, 'On to step 4'));
      await page.getByRole('heading', { level: 1, name: step.title }).waitFor();
      await solve(page, workshop, step, saves, {
        '4.1': ['4.1'],
        '4.4': ['4.1', '4.2', '4.3', '4.4'],
        '4.5': ['4.1', '4.2', '4.3', '4.4', '4.5'],
      });
      await button(page, 'On to step 5').waitFor();

      const app = await openApp(page, hand);
      await logIn(app, hand, workshop, 'Appointments');
      await app.getByRole('heading', { name: 'Appointments' }).waitFor();
      await hand.press(app.getByRole('navigation').getByRole('link', { name: 'Tokens' }));
      await app.getByText('the access token is renewed shortly before it expires').waitFor();
      await app.close();
      await hand.press(link(page, 'Wire').first());
      // The lesson has the same links beside it.
      await page.getByRole('heading', { level: 1, name: 'The wire' }).waitFor();
      await hand.press(page.getByRole('link', { name: /POST \/oauth\/token.*refresh_token/ }).last());
      await follow(page, hand);
      await hand.close(opened(page));
      await opened(page).waitFor({ state: 'hidden' });

      await hand.press(link(page, 'Steps').first());
      await hand.press(link(page, step.title));
      await answerAll(page, hand, step);
    });
  });
}

const link = (page: Page, name: string) => page.getByRole('link', { name });
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).first();
const summary = (page: Page, name: string) => page.locator('summary', { hasText: name });
/** The message that is open beside the diagram. */
const opened = (page: Page) =>
  page
    .getByRole('region', { name: 'Message', exact: true })
    .or(page.getByRole('complementary', { name: 'Message', exact: true }));

/** Wrong itself, blocked by the check of another task, or named by the finding of another task's check. */
const WRONG = '(not right yet|next|(waits for|checked after) \\d\\.\\d)';

/** A task in the list of tasks, with its state in words. */
const task = (page: Page, { id, title }: Step['tasks'][number], state: string) =>
  page.getByRole('link', { name: new RegExp(`^${id} ${title}\\W+${state}$`) });

async function each(page: Page, step: Step, state: string): Promise<void> {
  for (const one of step.tasks) await task(page, one, state).waitFor();
}

/**
 * Writes what is missing, and sees in a page that remains open what becomes of it.
 *
 * @param green by the task that was written last, those that must be right now: a check may need more than the lines of its own task.
 */
async function solve(
  page: Page,
  { learner }: RunningWorkshop,
  step: Step,
  saves: Saves,
  green: Record<string, string[]>,
): Promise<void> {
  await each(page, step, WRONG);
  await page.getByRole('main').getByText('Likely cause').first().waitFor();
  await page.evaluate(() => document.body.setAttribute('data-loaded', 'once'));
  const written = new Set<string>();
  for (const { id } of step.tasks) {
    written.add(id);
    if (saves === 'all at once' && written.size < step.tasks.length) continue;
    const app = readApp(step.number, { starter: (exercise) => !written.has(exercise.task) });
    for (const [file, text] of app) if (learner.read(file) !== text) learner.write(file, text);
    const right = step.tasks.filter((one) => green[id]?.includes(one.id));
    for (const one of right) await task(page, one, 'right').waitFor();
  }
  await page.getByText(`${step.tasks.length} of ${step.tasks.length} tasks are right`).waitFor();
  expect(await page.getAttribute('body', 'data-loaded')).to.equal('once');
}

async function openApp(page: Page, hand: Hand): Promise<Page> {
  const tab = page.context().waitForEvent('page');
  await hand.press(page.getByRole('link', { name: 'Your app', exact: true }).first());
  return tab;
}

/**
 * From an entry of the app's menu through the tenant's pages, which say whose they are, to another page of the app. The tenant asks for a password,
 * and for consent, only where it does not know yet.
 */
async function logIn(page: Page, hand: Hand, { app }: RunningWorkshop, entry: string): Promise<void> {
  const before = page.url();
  const at = (start: string) => new URL(page.url()).pathname.startsWith(start);
  const passed = (url: URL) => url.origin === app && url.pathname !== '/login' && url.href !== before;
  await hand.press(page.getByRole('navigation').getByRole('link', { name: entry }));
  await page.waitForURL((url) => url.pathname.startsWith('/u/') || passed(url));
  if (at('/u/login')) {
    await page.getByText('This is the tenant that logs you in').waitFor();
    expect(await page.getByText(new URL(page.url()).origin).count()).to.be.greaterThan(0);
    await hand.write(page.getByLabel('E-mail address'), ANN.email);
    await hand.write(page.getByLabel('Password'), ANN.password);
    await hand.press(page.getByRole('button', { name: 'Log in' }));
    await page.waitForURL((url) => url.pathname.startsWith('/u/consent') || passed(url));
  }
  if (at('/u/consent')) await hand.press(page.getByRole('button', { name: 'Allow' }));
  await page.waitForURL(passed);
}

/** From the token request, which is open, back to where its code and its state come from. */
async function follow(page: Page, hand: Hand): Promise<void> {
  const heading = (name: string) => opened(page).getByRole('heading', { name }).waitFor();
  const go = (role: string) =>
    hand.press(
      opened(page)
        .getByRole('link', { name: new RegExp(`^${role} in \\d+$`) })
        .first(),
    );
  await heading(titleOf('token'));
  await opened(page).getByText('It matches.').waitFor();
  await go('brought to the app');
  await heading(titleOf('callback'));
  await opened(page)
    .getByRole('link', { name: /^redeemed in \d+$/ })
    .first()
    .waitFor();
  await go('made by the app');
  await opened(page).getByText('made by the app here').first().waitFor();
}

/** A wrong answer first, then the right ones. */
async function answerAll(page: Page, hand: Hand, step: Step): Promise<void> {
  const pick = (text = '') => hand.choose(page.getByRole('radio', { name: text, exact: true }));
  const right = step.quiz.map(({ answers }) => answers.find((one) => one.right));
  const wrong = step.quiz[0]?.answers.find((one) => !one.right);
  await pick(wrong?.text);
  await hand.press(button(page, 'Answer'));
  await page.getByText(`Incorrect. ${wrong?.reason}`).waitFor();
  for (const one of right) await pick(one?.text);
  await hand.press(button(page, 'Answer'));
  for (const one of right) await page.getByText(`Right. ${one?.reason}`).waitFor();
  expect(await page.getByText('Incorrect.').count()).to.equal(0);
}
