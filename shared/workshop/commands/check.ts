import path from 'node:path';
import { type Command, Option } from 'commander';
import { STEP_OF_API } from '../../app-runner/own-api';
import { prewarmForChecks } from '../../app-runner/prewarm';
import { STEP_OF_STORES } from '../../app-runner/stores';
import { AUDIENCE } from '../../checks/audience';
import { storeSettings } from '../../checks/site/settings';
import type { Subject } from '../../checks/subject';
import { commandContext } from '../../lib/command-context';
import { port } from '../../lib/settings';
import { out, outJson } from '../../lib/terminal';
import { EXIT, UserError } from '../../lib/user-error';
import { findStep, listSteps, materialise, type Step, workFolder } from '../../steps/layers';
import { CheckReport } from '../check-report';
import { currentTask } from '../deduplicate-findings';
import { hasMyApp, myApp } from '../my-app';
import { notePassed } from '../note-passed';
import { readProgress } from '../progress';
import { afterStep, ProgressLine } from '../report';
import { openFiles } from '../tasks';

interface Flags {
  all?: boolean;
  /** False with --no-earlier. */
  earlier: boolean;
  json?: boolean;
  list?: boolean;
  printEnv?: boolean;
  config?: string;
  app?: string;
  tenantPort: string;
  apiPort: string;
}

/** `npm run check -- N`: the checks of one step, and those of the steps before. */
export function addCheck(program: Command): void {
  program
    .command('check')
    .description(
      'Runs the checks of a step on your app, then the checks of the earlier steps. Exit code 0: all pass, 1: a check failed, 2: wrong usage, 3: the workshop itself failed.',
    )
    .argument('[step]', 'a step: 2, 02 or its name (default: the one in progress)')
    .option('--all', 'also list the checks of the earlier steps, in the order of the tasks')
    .option('--no-earlier', 'skip the checks of the earlier steps')
    .option('--json', 'print the result as JSON')
    .option('--list', 'print the ids of the checks, and exit')
    .option(
      '--print-env',
      'print the settings for an app or, from step 06 on, an API that you start yourself, and exit',
    )
    .option('--config <file>', 'tenant.yaml, for an app that already runs')
    .option('--app <folder>', 'the app’s folder (default: my-app, or the finished step)')
    .addOption(
      new Option('--tenant-port <n>', 'the tenant’s port, for an app that already runs')
        .default('4101')
        .env('CHECK_TENANT_PORT'),
    )
    .addOption(
      new Option('--api-port <n>', 'the API’s port, for an app that already runs')
        .default('4102')
        .env('CHECK_API_PORT'),
    )
    .addHelpText(
      'after',
      '\nAn app that already runs, in any language: APP_URL=http://localhost:3000 npm run check -- 2\nFrom step 06 on, an API that already runs: API_URL=http://localhost:4002 npm run check -- 6',
    )
    .action(check);
}

async function check(wanted: string | undefined, flags: Flags): Promise<void> {
  const step = findStep(wanted ?? inProgress());
  const subject = flags.list ? undefined : subjectFor(step, flags);
  // It loads the app's packages while this process loads tenant, API and checks.
  const prewarmed = subject && !flags.printEnv ? prewarmForChecks(subject) : undefined;
  const { listChecks, runChecks } = require('../../checks/run') as typeof import('../../checks/run');
  const { recordedCheck } = require('../flow/of-check') as typeof import('../flow/of-check');
  if (!subject) {
    const checks = listChecks(step);
    const lines = checks.map(({ id, task, title }) => `${id.padEnd(28)} ${task.padEnd(5)} ${title}\n`);
    out(flags.json ? `${JSON.stringify(checks)}\n` : lines.join(''));
    return;
  }
  if (flags.printEnv) return printEnv(subject);
  const report = flags.json ? undefined : new CheckReport(step);
  const line = new ProgressLine();
  const result = await runChecks(subject, {
    all: flags.all ?? false,
    // Without an app there is nothing to check in the steps before.
    earlier: flags.earlier && (subject.apiUrl === undefined || subject.appUrl !== undefined),
    prewarmed,
    onChecks: (checks, earlier) => report?.begin(checks, earlier),
    onStart: ({ title }) => line.show(title),
    onVerdict: (checks) => {
      line.clear();
      report?.verdict(checks);
    },
    ...recordedCheck(
      step,
      (one) => {
        line.clear();
        report?.add(one);
      },
      () => line.clear(),
    ),
  });
  report?.end(result);
  const own = subject.appFolder === myApp();
  if (own) await notePassed(result);
  if (flags.json) outJson(result);
  else {
    if (own && result.passed) out(`${afterStep(step)}\n`);
    else if (own) out(`${goOn(currentTask(result))}A hint: npm run hint\n`);
    else if (subject.appFolder !== undefined && flags.app === undefined)
      out(
        'There is no my-app yet, so this was the finished app. To begin your own: npm run workshop start\n',
      );
  }
  if (!result.passed) commandContext().exitCode = EXIT.notRightYet;
}

function inProgress(): string {
  const { step } = readProgress();
  if (step !== undefined) return String(step);
  throw new UserError(
    'Which step? For example: npm run check 1. After npm run workshop start, the default is the step in progress.',
  );
}

function subjectFor(step: Step, flags: Flags): Subject {
  const { appUrl, apiUrl } = elsewhere(step, flags);
  if (appUrl !== undefined || apiUrl !== undefined || flags.printEnv) {
    return {
      step: step.number,
      appUrl,
      apiUrl,
      config: flags.config ?? tenantFile(step),
      tenantPort: number('--tenant-port', flags.tenantPort),
      apiPort: number('--api-port', flags.apiPort),
      data: path.join(workFolder(), 'check'),
    };
  }
  const appFolder = flags.app ?? ownApp() ?? finished(step);
  return { step: step.number, appFolder, config: flags.config, types: true };
}

/** The addresses of an app and an API that run elsewhere. Before step 06 API_URL is a setting of the app only.
 * @throws UserError when the step's checks cannot be run with them. */
function elsewhere(step: Step, flags: Flags): Pick<Subject, 'appUrl' | 'apiUrl'> {
  const asksApi = step.number >= STEP_OF_API;
  const appUrl = addressIn('APP_URL', 'http://localhost:3000');
  const apiUrl = asksApi ? addressIn('API_URL', 'http://localhost:4002') : undefined;
  if (flags.printEnv || !asksApi) return { appUrl, apiUrl };
  if (appUrl !== undefined && apiUrl === undefined)
    throw new UserError(
      `The checks of step ${step.id} ask your API. With APP_URL give its address too: API_URL=http://localhost:4002.`,
    );
  if (apiUrl !== undefined && appUrl === undefined && flags.all)
    throw new UserError(
      '--all needs an app. With API_URL give its address too: APP_URL=http://localhost:3000.',
    );
  return { appUrl, apiUrl };
}

/** An address from the environment. It is never read from .env, which has the settings of the app. */
function addressIn(name: 'APP_URL' | 'API_URL', example: string): string | undefined {
  const address = commandContext().env[name];
  if (address === undefined) return undefined;
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) return address;
  throw new UserError(`${name} must be an address such as ${example}, not "${address}".`);
}

function number(flag: string, text: string): number {
  try {
    return port(text);
  } catch (error) {
    throw new UserError(`${flag} ${(error as Error).message}.`);
  }
}

const ownApp = () => (hasMyApp() ? myApp() : undefined);

function finished(step: Step): string {
  const folder = path.join(workFolder(), 'apps', step.id);
  materialise(step.number, folder);
  return folder;
}

function tenantFile(step: Step): string {
  return path.join(ownApp() ?? finished(step), 'tenant.yaml');
}

/** The same in each run: fixed ports, on which nothing listens for this, and stored credentials. */
async function printEnv(subject: Subject): Promise<void> {
  const { TestEnvironment } =
    require('../../checks/test-environment') as typeof import('../../checks/test-environment');
  const { appUrl, apiUrl, tenantPort, apiPort } = subject;
  const environment = new TestEnvironment({
    ...subject,
    step: 1,
    appUrl: undefined,
    apiUrl: undefined,
    appFolder: undefined,
    tenantPort: 0,
    apiPort: 0,
  });
  try {
    await environment.open();
    const ISSUER_BASE_URL = `http://localhost:${tenantPort}/`;
    const settings = { ...environment.settings(), ISSUER_BASE_URL };
    const needed =
      subject.step >= STEP_OF_API && appUrl === undefined
        ? { ISSUER_BASE_URL, AUDIENCE, PORT: portOf(apiUrl ?? 'http://localhost:4002') }
        : {
            ...settings,
            // One store, whatever is run: an app that was started before goes on.
            ...(subject.step >= STEP_OF_STORES && storeSettings(path.join(workFolder(), 'check'))),
            API_URL: `http://localhost:${apiPort}`,
            BASE_URL: new URL(appUrl ?? LOCAL_APP).origin,
            PORT: portOf(appUrl ?? LOCAL_APP),
          };
    const lines = Object.entries(needed).map(([name, value]) => `${name}=${value}\n`);
    out(lines.join(''));
  } finally {
    await environment.close();
  }
}

const LOCAL_APP = 'http://localhost:3000';
const portOf = (address: string) => new URL(address).port || '80';

/** The next task, if known, and the files that still contain its placeholder. */
function goOn(id: string | undefined): string {
  const step = listSteps().find(({ tasks }) => tasks.some((one) => one.id === id));
  const task = step?.tasks.find((one) => one.id === id);
  if (!step || !task) return '';
  const where = openFiles(myApp(), step, task)
    .map((file) => `my-app/${file}`)
    .join(' and ');
  return `Go on with task ${task.id}, ${task.title}${where ? `, in ${where}` : ''}. `;
}
