import path from 'node:path';
import { type Command, Option } from 'commander';
import { prewarmForChecks } from '../../app-runner/prewarm';
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
    .option('--print-env', 'print the settings for an app that you start yourself, and exit')
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
      '\nAn app that already runs, in any language: APP_URL=http://localhost:3000 npm run check -- 2',
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
    earlier: flags.earlier,
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
    else if (subject.appUrl === undefined && flags.app === undefined)
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
  const appUrl = commandContext().env.APP_URL;
  if (appUrl !== undefined && !URL.canParse(appUrl))
    throw new UserError(`APP_URL must be an address such as http://localhost:3000, not "${appUrl}".`);
  if (appUrl !== undefined || flags.printEnv) {
    return {
      step: step.number,
      appUrl: appUrl ?? 'http://localhost:3000',
      config: flags.config ?? tenantFile(step),
      tenantPort: number('--tenant-port', flags.tenantPort),
      apiPort: number('--api-port', flags.apiPort),
      data: path.join(workFolder(), 'check'),
    };
  }
  const appFolder = flags.app ?? ownApp() ?? finished(step);
  return { step: step.number, appFolder, config: flags.config, types: true };
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
  const { appUrl = '', tenantPort, apiPort } = subject;
  const environment = new TestEnvironment({
    ...subject,
    step: 1,
    appUrl: undefined,
    appFolder: undefined,
    tenantPort: 0,
    apiPort: 0,
  });
  try {
    await environment.open();
    const settings = {
      ...environment.settings(),
      ISSUER_BASE_URL: `http://localhost:${tenantPort}/`,
      API_URL: `http://localhost:${apiPort}`,
      BASE_URL: new URL(appUrl).origin,
      PORT: new URL(appUrl).port || '80',
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    out(lines.join(''));
  } finally {
    await environment.close();
  }
}

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
