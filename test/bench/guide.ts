import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { Wire } from '../../shared/guide/wire/wire';
import { Recorder } from '../../shared/recorder';
import { findStep, readApp } from '../../shared/steps/layers';
import { RunningWorkshop } from '../guide/guide';
import { startBareGuide } from '../guide/in-process';
import { playLogin } from '../guide/sample-messages';
import { launchBrowser } from '../support/browser';
import { startSigner } from '../support/signer';
import { temporaryFolder } from '../support/workshop';
import { median, ratio } from './numbers';
import type { Sizes } from './sizes';

type Size = Sizes['guide'];

/** Milliseconds that a page may take before something hangs: no figure of a busy machine comes near it. */
const PATIENCE = 300_000;
/** Milliseconds after which a save whose check has failed is made again. */
const SPOILT = 60_000;
/** Messages of one login, as playLogin() plays it. */
const A_LOGIN = 5;

export interface GuideBench {
  /** A lesson in a browser that has nothing of it: kilobytes over the wire, with the diagrams and without; milliseconds until it is readable. */
  load: { all: number; withoutDiagrams: number; first: number; readable: number; ratio: number };
  /** Milliseconds from a save to the green task in the page, and from when the guide reports it. */
  green: { saves: number; median: number; p95: number; afterReport: { median: number; p95: number } };
  /** Milliseconds from the click on a message to the message, by how many are recorded; and their ratio. */
  click: { recorded: Size['recorded']; few: number; many: number; p95: number; ratio: number };
}

/** What somebody waits for in the guide's pages. */
export async function benchGuide(size: Size): Promise<GuideBench> {
  const browser = await launchBrowser();
  try {
    const workshop = new RunningWorkshop('bench');
    try {
      await workshop.open();
      const load = await firstLoads(browser, workshop, size);
      return { load, green: await savesToGreen(browser, workshop, size), click: await clicks(browser, size) };
    } finally {
      await workshop.close();
    }
  } finally {
    await browser.close();
  }
}

/** The lesson takes turns with a page of one line: what is left is what the lesson costs. */
async function firstLoads(
  browser: Browser,
  { origin }: RunningWorkshop,
  size: Size,
): Promise<GuideBench['load']> {
  const lessons: Load[] = [];
  const lines: Load[] = [];
  for (let i = 0; i <= size.loads; i++) {
    lessons.push(await firstLoad(browser, `${origin}/steps/2`));
    lines.push(await firstLoad(browser, `${origin}/nothing`));
  }
  const [first, ...others] = lessons;
  const ms = (loads: Load[]) => loads.map(({ readable }) => readable);
  return {
    all: median(others.map(({ bytes }) => bytes)) / 1000,
    withoutDiagrams: median(others.map(({ bytes, diagrams }) => bytes - diagrams)) / 1000,
    first: first?.readable ?? Number.NaN,
    readable: median(ms(others)),
    ratio: ratio(ms(others), ms(lines.slice(1))),
  };
}

interface Load {
  /** As they came over the wire, headers and all. */
  bytes: number;
  diagrams: number;
  /** Milliseconds from the navigation to the first contentful paint: style sheets are there by then. */
  readable: number;
}

async function firstLoad(browser: Browser, url: string): Promise<Load> {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const devtools = await context.newCDPSession(page);
    await devtools.send('Network.enable');
    let bytes = 0;
    devtools.on('Network.loadingFinished', ({ encodedDataLength }) => {
      bytes += encodedDataLength;
    });
    await page.goto(url, { waitUntil: 'load' });
    const painted = () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime;
    await page.waitForFunction(painted);
    const readable = (await page.evaluate(painted)) ?? Number.NaN;
    const diagrams = await page.evaluate(() =>
      [...document.querySelectorAll('main svg[role=img]')].reduce(
        (sum, { outerHTML }) => sum + new TextEncoder().encode(outerHTML).length,
        0,
      ),
    );
    return { bytes, diagrams, readable };
  } finally {
    await context.close();
  }
}

/** The last task of a step is taken out of the finished app and put back, again and again. */
async function savesToGreen(
  browser: Browser,
  workshop: RunningWorkshop,
  size: Size,
): Promise<GuideBench['green']> {
  const { learner, origin } = workshop;
  const step = findStep(String(size.step));
  const task = step.tasks.at(-1);
  if (!task) throw new Error(`step ${step.number} has no task`);
  const right = readApp(step.number).get(task.file) ?? '';
  const open =
    readApp(step.number, { starter: (exercise) => exercise.task === task.id }).get(task.file) ?? '';
  await workshop.post(`/steps/${step.number}/catch-up`);
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE);
  const reported = await reportedWhen(origin, task.id);
  try {
    await page.goto(`${origin}/steps/${step.number}`);
    const state = (word: string) =>
      page.getByRole('link', { name: new RegExp(`^${task.id} ${task.title}\\W+${word}$`) });
    const list = page.getByRole('complementary', { name: 'Tasks' });
    const settled = () => list.getByText('checking…').first().waitFor({ state: 'hidden' });
    // Whichever: on a busy machine the first check may miss one of its limits of time.
    await state('(right|not right yet)').waitFor();
    await settled();
    const saves: number[] = [];
    const afterReport: number[] = [];
    for (let spoilt = 0; saves.length < size.saves; ) {
      learner.write(task.file, open);
      await state('not right yet').waitFor();
      await settled();
      await delay(size.pause);
      const saved = Date.now();
      learner.write(task.file, right);
      const green = await greenIn(page, task.id, SPOILT);
      if (green === undefined) {
        // Checks have limits of time, which a finished app may miss on a busy machine.
        if (++spoilt > size.saves) throw new Error(`task ${task.id} never became right`);
        continue;
      }
      saves.push(green - saved);
      afterReport.push(green - (await reported.at(saved)));
      await settled();
      await delay(size.pause);
    }
    return { saves: saves.length, ...spread(saves), afterReport: spread(afterReport) };
  } finally {
    reported.close();
    await page.close();
  }
}

/**
 * Milliseconds since the epoch at which the task's line says that it is right and the page was drawn with it; undefined when it does not within
 * `limit` milliseconds.
 */
function greenIn(page: Page, id: string, limit: number): Promise<number | undefined> {
  return page.evaluate(
    ([task, ms]) =>
      new Promise<number | undefined>((resolve) => {
        const until = performance.now() + ms;
        const look = () => {
          const line = [...document.querySelectorAll('a')].find(({ textContent }) =>
            textContent?.startsWith(`${task} `),
          );
          if (line?.textContent?.endsWith('right')) resolve(Date.now());
          else if (performance.now() > until) resolve(undefined);
          else requestAnimationFrame(look);
        };
        look();
      }),
    [id, limit] as const,
  );
}

/** Listens as a page does, and notes when the guide reports that a task is right. */
async function reportedWhen(origin: string, id: string) {
  const leave = new AbortController();
  const { body } = await fetch(`${origin}/live`, { signal: leave.signal });
  const times: number[] = [];
  const waiting = new Set<() => void>();
  const read = async () => {
    const decoder = new TextDecoder();
    let text = '';
    for await (const part of body as ReadableStream<Uint8Array>) {
      const now = Date.now();
      const events = (text + decoder.decode(part, { stream: true })).split('\n\n');
      text = events.pop() ?? '';
      if (events.some((one) => isRight(one, id))) times.push(now);
      for (const wake of waiting) wake();
    }
  };
  read().catch(() => undefined);
  return {
    /** The first time after another one. */
    at: async (since: number): Promise<number> => {
      for (;;) {
        const time = times.find((one) => one >= since);
        if (time !== undefined) return time;
        await new Promise<void>((resolve) => waiting.add(resolve));
      }
    },
    close: () => leave.abort(),
  };
}

function isRight(event: string, id: string): boolean {
  const data = /^event: tasks\ndata: (.*)$/.exec(event)?.[1];
  const { tasks = [] } = JSON.parse(data ?? '{}') as { tasks?: { id: string; html: string }[] };
  return tasks.some((task) => task.id === id && /class="[^"]*\bright\b/.test(task.html));
}

/** The same messages, few and many; the pages take turns. */
async function clicks(browser: Browser, size: Size): Promise<GuideBench['click']> {
  const closing: (() => unknown)[] = [];
  try {
    const pages: Page[] = [];
    for (const messages of size.recorded) {
      const { folder, remove } = temporaryFolder();
      const signer = await startSigner('https://appointments.example/api');
      const wire = new Wire({ file: `${folder}/wire.jsonl` });
      const recorder = new Recorder({ onChange: (message) => wire.add(message) });
      for (let i = 0; i < messages / A_LOGIN; i++) await playLogin(recorder, signer, { name: `login-${i}` });
      const guide = await startBareGuide({
        wire,
        places: { issuer: signer.issuer, api: 'http://localhost:4002' },
      });
      const page = await browser.newPage();
      page.setDefaultTimeout(PATIENCE);
      closing.push(remove, signer.close, guide.close, () => page.close());
      await page.goto(`${guide.origin}/wire`);
      pages.push(page);
    }
    const times: number[][] = pages.map(() => []);
    for (let i = 0; i < size.clicks; i++)
      for (const [one, page] of pages.entries()) times[one]?.push(await click(page, i));
    const [few = [], many = []] = times;
    return {
      recorded: size.recorded,
      few: median(few),
      many: median(many),
      p95: spread(many).p95,
      ratio: ratio(many, few),
    };
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** Milliseconds from the click on a token request to the first frame in which its message stands there. */
function click(page: Page, turn: number): Promise<number> {
  return page.evaluate(
    (count) =>
      new Promise<number>((resolve) => {
        const links = [...document.querySelectorAll<HTMLAnchorElement>('a[href*="/wire/"]')].filter(
          ({ textContent }) => textContent?.includes('/oauth/token'),
        );
        const link = links[links.length - 1 - (count % Math.min(4, links.length))];
        const n = link?.pathname.split('/').at(-1) ?? '';
        const start = performance.now();
        link?.click();
        const look = () => {
          const title = document.querySelector(
            '[aria-label=Message] h1, [aria-label=Message] h2',
          )?.textContent;
          if (title?.includes(n)) resolve(performance.now() - start);
          else requestAnimationFrame(look);
        };
        look();
      }),
    turn,
  );
}

function spread(values: number[]): { median: number; p95: number } {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: median(values), p95: sorted[Math.ceil(0.95 * sorted.length) - 1] ?? Number.NaN };
}

export function describeGuide({ load, green, click }: GuideBench): string[] {
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  const kb = (value: number) => `${value.toFixed(0)} kB`;
  return [
    `a lesson, nothing cached: ${kb(load.withoutDiagrams)} before diagrams, ${kb(load.all)} with them  (wanted: 200 kB)`,
    `until it is readable: ${ms(load.readable)}, ${load.ratio.toFixed(2)} times a page of one line; the first page after the start ${ms(load.first)}  (wanted: 1000)`,
    `from save to green in the page, ${green.saves} saves: median ${ms(green.median)}, p95 ${ms(green.p95)}  (wanted: at most 400)`,
    `  of it after the guide reported it: median ${ms(green.afterReport.median)}, p95 ${ms(green.afterReport.p95)}  (wanted: 500)`,
    `a click on a message, ${click.recorded[1]} recorded: median ${ms(click.many)}, p95 ${ms(click.p95)}; ${click.recorded[0]} recorded: ${ms(click.few)}; ratio ${click.ratio.toFixed(2)}`,
  ];
}
