import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { type Deadlines, LONGEST, REPORTED_WITHIN } from '../../shared/checks/deadlines';
import { findStep } from '../../shared/steps/layers';
import { applyEdit, type Edit, materialiseMistake, mistakesOf } from '../../shared/steps/mistakes';
import { appFolders, checkAtShell } from '../support/check';
import { command } from '../support/command';
import { Lane } from '../support/lane';
import { atStart, type Case, inLogin, isReportedWithFileAndLine, LOGIN } from './misbehaves';

/** Shorter than a learner's, in milliseconds: an app in an infinite loop keeps a core busy until it is given up. */
const DEADLINES: Deadlines = { listens: 4000, answers: 4000 };

const SERVERS =
  "const servers = ['127.0.0.1', '::1'].map((host) => http.createServer(app).listen(config.port, host));";

/** After a turn of the event loop, so that nobody who calls it is on the stack any more. */
const awaiting = (meanwhile: string): Edit[] => [
  {
    file: 'app.ts',
    replace: 'export function createApp(',
    with: `export const never = async () => { await null; ${meanwhile}\nawait new Promise(() => {}); };\nexport function createApp(`,
  },
  atStart("import { never } from './app';"),
  { file: 'server.ts', replace: SERVERS, with: `await never();\n  ${SERVERS}` },
];

/** A package whose frames lie above the app's own. */
const DEEP: Edit = {
  file: 'node_modules/deep/index.js',
  text: 'module.exports = function deep(n, none) { return n > 0 ? deep(n - 1, none) : none.oh.oh; };',
};

const CASES: Case[] = [
  {
    title: 'throws at its start',
    edits: [atStart('const none: any = undefined;\nnone.oh();')],
    diagnosis: 'app-crashed',
    says: /exit code 1: TypeError: .*, at server\.ts:\d+$/,
  },
  {
    title: 'is not TypeScript',
    edits: [{ file: 'auth.ts', replace: LOGIN, with: `${LOGIN} const a = ;` }],
    diagnosis: 'app-syntax',
    says: /Expression expected, at auth\.ts:\d+$/,
  },
  {
    title: 'imports a package that is not installed',
    edits: [atStart("import none from 'not-installed';\nnone();")],
    diagnosis: 'app-module-missing',
    says: /no package not-installed, which server\.ts:\d+ imports/,
  },
  {
    title: 'imports a file that is not there',
    edits: [{ file: 'app.ts', replace: "'./routes'", with: "'./rout'" }],
    diagnosis: 'app-module-missing',
    says: /no file \.\/rout, which app\.ts:\d+ imports/,
  },
  {
    title: 'asks for a setting that there is not',
    edits: [{ file: 'config.ts', replace: "'CLIENT_ID'", with: "'CLIENT_NAME'" }],
    diagnosis: 'app-setting-missing',
    says: /CLIENT_NAME is missing/,
  },
  {
    title: 'never calls listen, and goes on',
    edits: [
      {
        file: 'server.ts',
        replace: SERVERS,
        with: `return void setInterval(() => {}, 1000);\n  ${SERVERS}`,
      },
    ],
    diagnosis: 'app-hangs',
    says: /listens nowhere; it neither works nor awaits anything$/,
  },
  {
    title: 'never calls listen, and ends',
    edits: [{ file: 'server.ts', replace: SERVERS, with: `return;\n  ${SERVERS}` }],
    diagnosis: 'app-crashed',
    says: /exit code 0; it neither works nor awaits anything$/,
  },
  {
    title: 'runs an infinite loop before it listens',
    edits: [atStart('while (process.pid) JSON.stringify(process.env);')],
    diagnosis: 'app-hangs',
    says: /listens nowhere; it is busy at server\.ts:\d+$/,
  },
  {
    title: 'awaits what never comes before it listens, and goes on',
    edits: awaiting('setInterval(() => {}, 1000);'),
    diagnosis: 'app-hangs',
    says: /listens nowhere; it waits at app\.ts:\d+(, and for that at server\.ts:\d+){2}$/,
  },
  {
    title: 'awaits what never comes before it listens, and ends',
    edits: awaiting(''),
    diagnosis: 'app-crashed',
    says: /exit code 0; it waits at app\.ts:\d+(, and for that at server\.ts:\d+){2}$/,
  },
  {
    title: 'listens on another port',
    edits: [{ file: 'server.ts', replace: 'config.port, host', with: '38127, host' }],
    diagnosis: 'app-wrong-port',
    says: /it listens on 38127/,
  },
  {
    title: 'throws in a handler',
    edits: [inLogin('(undefined as any).oh();')],
    diagnosis: 'app-threw',
    says: /GET \/login threw TypeError: .* at auth\.ts:\d+$/,
  },
  {
    title: 'throws in a handler after waiting',
    edits: [inLogin('await null; (undefined as any).oh();')],
    diagnosis: 'app-threw',
    says: /GET \/login threw TypeError: .* at auth\.ts:\d+$/,
  },
  {
    title: 'throws below twenty frames of a package',
    edits: [DEEP, inLogin("require('deep')(20, {});")],
    diagnosis: 'app-threw',
    says: /GET \/login threw TypeError: .* at auth\.ts:\d+$/,
  },
  {
    title: 'throws at its start below twenty frames of a package',
    edits: [DEEP, atStart("require('deep')(20, {});")],
    diagnosis: 'app-crashed',
    says: /exit code 1: TypeError: .*, at server\.ts:\d+$/,
  },
  {
    title: 'throws an error that was caused by another one',
    edits: [inLogin("throw new Error('the outer one', { cause: new Error('the inner one') });")],
    diagnosis: 'app-threw',
    says: /GET \/login threw Error: the outer one, caused by Error: the inner one at auth\.ts:\d+$/,
  },
  {
    title: 'throws again while it handles the error',
    edits: [
      inLogin('(undefined as any).first();'),
      { file: 'errors.ts', replace: 'error instanceof PageError ?', with: '(undefined as any).second() ?' },
    ],
    diagnosis: 'app-threw',
    says: /GET \/login threw TypeError: .*first.* at auth\.ts:\d+$/,
  },
  {
    title: 'ends by a rejection that nobody handles',
    edits: [
      inLogin('void Promise.resolve().then(() => (undefined as any).oh()); await new Promise(setImmediate);'),
    ],
    diagnosis: 'app-crashed',
    says: /in the middle of the checks the app ended with exit code 1: TypeError: .*, at auth\.ts:\d+$/,
  },
  {
    title: 'redirects in a loop',
    edits: [inLogin("if (!req.query.again) return res.redirect('/login');")],
    diagnosis: 'app-loops',
    says: /redirects in a row.*\/login; redirected from \/login at auth\.ts:\d+$/,
  },
  {
    title: 'prints ten megabytes',
    edits: [inLogin("for (let i = 0; i < 100; i++) console.log('x'.repeat(100_000));")],
    diagnosis: 'app-floods',
    says: /more than 5 MB, at last at auth\.ts:\d+$/,
  },
  {
    title: 'never answers',
    edits: [inLogin('await new Promise(() => {});')],
    diagnosis: 'app-no-answer',
    says: /no answer within \d s, .*handler that begins at auth\.ts:\d+$/,
  },
  {
    title: 'runs an infinite loop in a handler',
    edits: [inLogin('while (req.url) JSON.stringify(req.headers);')],
    diagnosis: 'app-circles',
    says: /no answer within \d s, .*it is busy at auth\.ts:\d+$/,
  },
];

describe('an app that misbehaves', () => {
  const folders = appFolders();
  const lane = new Lane(findStep('2'), 'misbehaving', DEADLINES);
  after(async () => {
    folders.remove();
    await lane.close();
  });

  for (const one of CASES) {
    it(`is reported with its file and line: it ${one.title}`, async () => {
      await isReportedWithFileAndLine(lane, one);
    });
  }

  it('is not blamed for a request that it refused rightly, earlier in the same check', async () => {
    const step = findStep('2');
    const mistake = mistakesOf(step).find(({ id }) => id === 'code-not-bound');
    const { checks } = await lane.check({
      make: (target) => {
        if (mistake) materialiseMistake(step, mistake, target);
      },
      only: ['2.state-compared'],
    });
    const { id, seen } = checks[0]?.diagnosis ?? {};
    expect(id).to.equal('code-injected');
    expect(seen).to.match(/logged the victim in as \S+$/);
  });

  it('fails every check of the command, with its exit code', async () => {
    const folder = folders.make(2);
    applyEdit(folder, atStart('const none: any = undefined;\nnone.oh();'), 'throws at its start');
    const { code, result } = await checkAtShell(2, folder);
    expect(code).to.equal(1);
    expect(result).to.include({ step: 2, passed: false });
    expect(result.checks.map(({ diagnosis }) => diagnosis?.id)).to.include('app-crashed');
    expect(result.checks.filter(({ passed }) => passed)).to.deep.equal([]);
  });

  it('is reported within ten seconds: no wait on the way is longer', () => {
    expect(LONGEST).to.be.at.most(REPORTED_WITHIN);
  });

  it('is reported after one request without an answer, before any other check waits', async () => {
    const folder = folders.make(2);
    const asked = path.join(folder, 'asked');
    const note = `require('node:fs').appendFileSync(${JSON.stringify(asked)}, '.'); await new Promise(() => {});`;
    applyEdit(folder, inLogin(note), 'never answers');
    const run = command('shared/workshop/main.ts', ['check', '2', '--app', folder]);
    try {
      await run.until(/not ok .*\n[\s\S]*next: /);
      // The next check may have begun to ask by the time that the words are read, and no third one.
      expect(fs.readFileSync(asked, 'utf8')).to.match(/^\.{1,2}$/);
    } finally {
      await run.stop('SIGKILL');
    }
  });
});
