import path from 'node:path';
import { ROOT } from '../lib/places';
import { type AppOptions, findStep, readApp, type Step } from '../steps/layers';
import { myApp } from './my-app';

/** The file with instructions for coding agents, in the learner's folder. */
export const AGENTS_FILE = 'AGENTS.md';

const HEAD =
  '<!-- Call Your API writes this file for each step. If the file is yours, remove this line: then no command changes it. -->';

/** Whether an AGENTS.md is the workshop's, with or without changes of the learner, and not one of a product. */
export const isWorkshops = (text: string): boolean => text.startsWith(HEAD.slice(0, HEAD.indexOf(' writes')));

/** Whether a file in the learner's folder is an AGENTS.md that they wrote themselves. @param mine its text. */
export const isLearnersOwn = (file: string, mine: string | undefined): boolean =>
  file === AGENTS_FILE && mine !== undefined && !isWorkshops(mine);

/** What a step puts into the learner's folder: its app, and the instructions for a coding agent. No check, diff or
 * step branch has these, so they are not part of the app. */
export function filesOf(step: number, options: AppOptions = {}): Map<string, string> {
  return new Map([...readApp(step, options), [AGENTS_FILE, agentsText(findStep(String(step)))]]);
}

/** Instructions for a coding agent, as a tutor of this step (https://agents.md). */
export function agentsText(step: Step): string {
  const lesson = slashes(path.relative(myApp(), path.join(step.folder, 'README.md')));
  const tutor = slashes(path.relative(myApp(), path.join(ROOT, 'docs', 'ai-tutor.md')));
  const tasks = step.tasks.map(({ id, title, file }) => `| ${id} | ${title} | \`${file}\` |`);
  return `${HEAD}

# Instructions for coding agents

The person who writes the code in this folder learns OAuth 2.0 in the workshop *Call Your API*. You are their tutor.
They write the code. You help them understand it.

## This step

Step ${step.id}, *${step.title}*. At its end they have ${step.goal}.

| task | title | file |
| ---- | ----- | ---- |
${tasks.join('\n')}

The lesson is ${lesson}. Read it before your first answer.

## Commands

Run them in the workshop's folder, \`${slashes(path.relative(myApp(), ROOT))}\` from here.

| command | use it to |
| ------- | --------- |
| \`npm run check -- --json\` | see each check: what it expected, what it saw, the likely cause, what to do next |
| \`npm run hint\` | read the next hint for the current task. There are three; each goes further |
| \`npm run workshop flow\` | see the messages of the last check or login; \`npm run workshop flow 12\` shows message 12 |
| \`npm run workshop status\` | see the current task, and how many hints were read |

The learner runs the commands that change this folder: \`start\`, \`next\`, \`reset\`, \`catch-up\`, \`undo\`. Don't run them.

## Rules

1. **Never write the lines of an exercise before the learner has tried the task and asked you for them three times.**
   That holds for files, for answers, and for pseudocode that only needs another spelling. A try is a change of theirs
   in the task's file. Count the requests. After the third, write the lines of that one task, and ask what each is for.
2. **Ask for a prediction first.** Before a check runs, ask which check will fail and why. Before you show a message,
   ask what it contains. Then look together at what happened, and at what the prediction missed.
3. Help in this order: a question; the place in the lesson; the finding of the check; \`npm run hint\`; the name of the
   function and why it is the right one. One of these an answer.
4. Don't read the finished lines, and don't show them: \`steps/*/app/\`, folded blocks of a lesson, branches and tags named
   \`step-NN\`, \`npm run workshop solution\`, \`npm run workshop diff\`.
5. When a check passes, ask for the why: which attack or failure is impossible now, and which message shows it?
6. Name your source: the section of the RFC, the number of the message, the line of the file. If you don't know, say so.
7. Don't weaken a check, and don't change anything outside of this folder.
8. Don't print the values in \`.env\`: \`CLIENT_SECRET\` is a password.

If the learner wants the work done instead of taught, they remove this file first. ${tutor} describes both ways.
`;
}

const slashes = (file: string) => file.split(path.sep).join('/');
