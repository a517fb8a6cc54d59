import fs from 'node:fs';
import path from 'node:path';
import { runChecks } from '../../shared/checks/run';
import { commandLine } from '../../shared/lib/command-line';
import { out } from '../../shared/lib/terminal';
import { EXIT, runMain, UserError } from '../../shared/lib/user-error';
import { findStep, workFolder } from '../../shared/steps/layers';
import { type CorpusApp, listApps } from './apps';
import { type CorpusVerdict, readVerdicts, writeVerdicts } from './verdicts';

interface Options {
  step?: string;
  app?: string;
  write?: boolean;
}

/** `npm run workshop dev corpus`: what the checks say of apps whose authors had read no check. */
runMain(async () => {
  const { step, app, write } = commandLine('npm run workshop dev corpus --')
    .description('Checks the apps of test/corpus, and compares what is found with what was found last.')
    .option('--step <step>', 'only this step')
    .option('--app <id>', 'only apps whose name begins with this text, as first-a/step02')
    .option('--write', 'records the current findings; what changed is then to be read')
    .parse()
    .opts<Options>();
  const number = step === undefined ? undefined : findStep(step).number;
  const apps = listApps()
    .filter((one) => number === undefined || one.step.number === number)
    .filter(({ id }) => app === undefined || id.startsWith(app));
  if (apps.length === 0) throw new UserError('The corpus has no such app. See test/corpus/*/apps.yaml.');
  const verdicts = readVerdicts();
  const changed: string[] = [];
  const found = new Map<string, CorpusVerdict>();
  for (const one of apps) {
    const before = verdicts.get(one.id);
    const { verdict: now, texts } = await verdictOf(one);
    const same = before !== undefined && text(before) === text(now);
    if (!same) changed.push(one.id);
    found.set(one.id, same ? before : now);
    if (!same && write) verdicts.set(one.id, one.cause === undefined ? now : { ...now, told: 'unread' });
    const told = same ? '' : `, and not ${before ? text(before) : 'known before'}`;
    out(`${same ? 'ok    ' : 'not ok'}  ${one.id}  ${text(now)}${told}\n`);
    if (!same)
      for (const line of [`its author: ${one.cause ?? 'it is right'}`, ...texts]) out(`        ${line}\n`);
  }
  out(summary(apps, found));
  if (write) writeVerdicts(verdicts);
  else if (changed.length > 0) commandFails(changed.length);
});

function commandFails(changed: number): void {
  out(
    `${changed} changed. Read them, then run this command with --write and note in findings.json what they report.\n`,
  );
  process.exitCode = EXIT.notRightYet;
}

/** What the checks say of an app, and the words of the finding. */
async function verdictOf({
  id,
  step,
  make,
}: CorpusApp): Promise<{ verdict: CorpusVerdict; texts: string[] }> {
  const folder = path.join(workFolder(), `corpus-${process.pid}-${id.replaceAll('/', '-')}`);
  make(folder);
  try {
    const { checks } = await runChecks({ step: step.number, appFolder: folder }, { all: true });
    const failed = checks.filter(({ passed, diagnosis }) => !passed && diagnosis?.id !== undefined);
    const findings = Object.fromEntries(failed.map(({ id, diagnosis }) => [id, `${diagnosis?.id}`]));
    const texts = failed.map(({ id, diagnosis }) => `${id}: ${diagnosis?.seen} ${diagnosis?.cause ?? ''}`);
    return { verdict: { findings }, texts };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { verdict: { findings: { 'tenant.yaml': 'refused' } }, texts: [error.message] };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function text({ findings }: CorpusVerdict): string {
  const all = Object.entries(findings).map(([check, finding]) => `${check} ${finding}`);
  return all.join(', ') || 'passes';
}

const passes = ({ findings }: CorpusVerdict) => Object.keys(findings).length === 0;

function summary(apps: readonly CorpusApp[], verdicts: ReadonlyMap<string, CorpusVerdict>): string {
  const of = (some: readonly CorpusApp[], is: (verdict: CorpusVerdict) => boolean) =>
    `${some.filter(({ id }) => is(verdicts.get(id) ?? { findings: {} })).length} of ${some.length}`;
  const wrong = apps.filter(({ cause }) => cause !== undefined);
  const right = apps.filter(({ cause }) => cause === undefined);
  return `wrong apps: ${of(wrong, (one) => !passes(one))} refused, ${of(wrong, ({ told }) => told === 'cause')} told the cause, ${of(wrong, ({ told }) => told === 'misled')} misled; right apps: ${of(right, passes)} accepted\n`;
}
