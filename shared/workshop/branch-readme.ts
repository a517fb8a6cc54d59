export interface BranchPlace {
  /** Two digits: 02. */
  step: string;
  starter: boolean;
  /** The repository's home, without a final slash. */
  home: string;
}

/** A step's lesson as the README.md of its branch, where the app is at the root.
 * @throws Error when the lesson has no section Begin between its files and its tasks. */
export function branchReadme(lesson: string, place: BranchPlace): string {
  const { step, home } = place;
  const begin = /^## Begin\n[\s\S]*?(?=^## )/m;
  const links = /^The links show the finished files.*$/m;
  if (!begin.test(lesson)) throw new Error(`the lesson of step ${step} has no section Begin`);
  if (!links.test(lesson)) throw new Error(`the lesson of step ${step} does not say what its links show`);
  return (
    lesson
      .replace(/^(# .*\n)/, (title) => `${title}\n${about(place)}`)
      .replace(begin, () => howToBegin(place))
      .replace(links, () => whatLinksShow(place))
      // A branch is a project of its own already.
      .replace(/^\*\*Export your app\.\*\*[\s\S]*?\n\n/m, '')
      // The guide and fault injection are in the workshop only.
      .replace(/^If the guide runs, also open[\s\S]*?\n\n/m, '')
      .replace(/^\*\*Try it\.\*\* Run `npm start --[\s\S]*?\n\n/m, '')
      .replace(/^To try this with your own app, make the Tenant sign[\s\S]*?\n```\n\n/m, '')
      .replaceAll(/\]\((?:\.\.\/\d\d-[^/)]+\/)?app\//g, '](')
      .replaceAll(/\]\(\.\.\/(\d\d)-[^/)]+(\/README\.md#[^)]*)?\)/g, (_, other: string, part?: string) =>
        part === undefined ? `](${home}/tree/step-${other})` : `](${home}/blob/step-${other}${part})`,
      )
      .replaceAll('](../../docs/', `](${home}/blob/main/docs/`)
      .replaceAll(/steps\/\d\d-[^/\s]+\/app\//g, '')
      .replaceAll('`my-app/`', 'this folder')
      .replaceAll('my-app/', '')
      .replaceAll(wrapped('`npm start` or `npm run -s tenant`'), '`npm run -s tenant`')
      .replaceAll(
        /In\s+another\s+terminal,\s+run\s+`npm start(?: -- --step \d\d)?`,\s+or\s+run\s+(`[^`]+` and `[^`]+`)/g,
        'In two other terminals, run $1',
      )
      .replaceAll(
        /in\s+the\s+terminal\s+where\s+`npm start`\s+runs,\s+on\s+the\s+guide's\s+page\s[^.]*\./g,
        LOG,
      )
      .replaceAll(wrapped('which `npm start` wrote into `.env`'), 'which is in `.env`')
  );
}

/** Finds a text wherever its lines end. */
const wrapped = (text: string): RegExp =>
  new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(' ', '\\s+'), 'g');

const LOG = 'in the terminal where `npm run -s tenant` runs.';

function whatLinksShow({ step, starter, home }: BranchPlace): string {
  return starter
    ? `The links lead to the files in this folder, where your tasks are open. [step-${step}](${home}/tree/step-${step}) has the finished ones.`
    : 'The links lead to the finished files, in this folder.';
}

function about({ step, starter, home }: BranchPlace): string {
  const other = starter ? `step-${step}` : `step-${step}-start`;
  const what = starter
    ? `where ${step === '01' ? 'the workshop' : 'this step'} begins: ${step === '01' ? 'a first app' : 'the app is as the step before left it'}, with an exercise for each of your tasks`
    : `the finished app of this step: the tasks below are done, and you can read the lesson beside the code`;
  return (
    `> This branch is ${what}. It is generated; the workshop itself is at [${home.replace('https://', '')}](${home}).\n` +
    `> See also [${other}](${home}/tree/${other}) and\n` +
    `> [what the step adds](${home}/compare/step-${step}-start...step-${step}).\n`
  );
}

function howToBegin({ step, starter }: BranchPlace): string {
  const test = !starter
    ? 'runs the checks of this step and of those before it'
    : step === '01'
      ? 'lists what this step will ask of you'
      : 'runs the checks of the steps before, which pass here';
  return `## Begin

The app is in this folder. You need Node.js 20.19 or a later 20, or Node.js 22.12 or later.

\`\`\`sh
npm ci
npm test        # ${test}
npm run check   # the checks of this step${starter ? ': what is still to be done' : ''}
\`\`\`

${step === '01' ? TWO_TERMINALS : THREE_TERMINALS}
\`npm run -s tenant -- --show\` shows what an application may now ask for.

`;
}

const TENANT = `The first is the tenant. It prints the settings of an app, and they go into
\`.env\`. Leave it running; it reads \`tenant.yaml\` again at each save. (On Windows, type these commands in Git Bash.)

\`\`\`sh
npm run -s tenant | tee .env
\`\`\`

Another time \`npm run -s tenant\` is enough: \`.env\` does not change.
`;

const TWO_TERMINALS = `To see the app in your browser, run two terminals. ${TENANT}
The second is the app. Open http://localhost:3000.

\`\`\`sh
npm start
\`\`\`
`;

const THREE_TERMINALS = `To see the app in your browser, run three terminals. ${TENANT}
The second adds the two settings that the tenant cannot know, and runs the API.

\`\`\`sh
echo "API_URL=http://localhost:4002" >> .env
echo "SESSION_SECRET=$(node -p "crypto.randomBytes(32).toString('hex')")" >> .env
npm run -s api
\`\`\`

The third is the app. Open http://localhost:3000 and log in as ann@example.com with the password \`correct horse battery staple\`.

\`\`\`sh
npm start
\`\`\`
`;
