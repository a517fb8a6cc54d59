import fs from 'node:fs';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const { env } = process;
const programs = [env.ProgramFiles, env['ProgramFiles(x86)'], env.LOCALAPPDATA].filter(
  (folder) => folder !== undefined,
);

/** By their names on Linux. The ones without a window come first: the same engine, for a third of the processor time. */
const NAMES = [
  'chromium-headless-shell',
  'chrome-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
];
const folders = (env.PATH ?? '').split(path.delimiter);

/** Where Chromium, Chrome and Edge are found on Linux, macOS and Windows. */
const PLACES = [
  ...NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name))),
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ...programs.flatMap((folder) => [
    path.join(folder, 'Google/Chrome/Application/chrome.exe'),
    path.join(folder, 'Microsoft/Edge/Application/msedge.exe'),
  ]),
];

/** Milliseconds until it has started: on a busy machine the library's own half a minute may not do. */
const PATIENCE = 120_000;

/** A real browser on this machine; BROWSER_PATH names another one. */
export function findBrowser(): string | undefined {
  return [env.BROWSER_PATH, ...PLACES].find((file) => file !== undefined && fs.existsSync(file));
}

/** Starts it without a window and without any traffic of its own. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error('no browser was found');
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  return chromium.launch({ executablePath, args, timeout: PATIENCE });
}

let shared: Promise<Browser> | undefined;

/**
 * The browser of this process, for all its files of tests: each opens contexts of its own, which share nothing, and closes them. It ends with the
 * process: a worker of mocha that has done its last file, or mocha itself (see observers.ts).
 */
export function sharedBrowser(): Promise<Browser> {
  shared ??= launchBrowser().then((browser) =>
    browser.on('disconnected', () => {
      shared = undefined;
    }),
  );
  return shared;
}

/** Closes it, if there is one. */
export async function closeSharedBrowser(): Promise<void> {
  const browser = await shared?.catch(() => undefined);
  await browser?.close();
}
