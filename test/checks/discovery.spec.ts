import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { Loop } from '../../shared/checks/loop';
import { type CheckResult, runChecks } from '../../shared/checks/run';
import { materialiseAlternative } from '../../shared/steps/alternatives';
import { findStep, workFolder } from '../../shared/steps/layers';

const ID = '2.discovery';
const STEP = findStep('2');

/** What makes the app of accepts/fetch read the discovery document before it listens. */
const AT_START: Edit[] = [
  ['tenant.ts', 'function tenant() {', 'export function tenant() {'],
  ['server.ts', 'const listener:', "import { tenant } from './tenant';\nconst listener:"],
];
/** It ends when the document is wrong. */
const OR_END: Edit[] = [
  ...AT_START,
  ['server.ts', 'for (const host of', 'tenant().then(() => {\nfor (const host of'],
  ['server.ts', /$/, '});\n'],
];
/** It listens anyway, and /login has a page. */
const OR_PAGE: Edit[] = [
  ...AT_START,
  ['tenant.ts', '    known = undefined;\n', ''],
  ['server.ts', 'for (const host of', 'tenant().catch(console.error).then(() => {\nfor (const host of'],
  ['server.ts', /$/, '});\n'],
];
/** It uses whatever the document says. */
const ANY: Edit = ['tenant.ts', /if \(metadata\.issuer.*\n/, 'metadata.issuer = ISSUER_BASE_URL;\n'];

type Edit = [file: string, from: string | RegExp, to: string];

describe('a discovery document of another tenant', function () {
  this.timeout(60_000);
  const folder = path.join(workFolder(), `discovery-${process.pid}`);
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  function make(edits: readonly Edit[]): void {
    materialiseAlternative(STEP, 'fetch', folder);
    for (const [name, from, to] of edits) {
      const file = path.join(folder, name);
      const before = fs.readFileSync(file, 'utf8');
      const after = before.replace(from, to);
      expect(after, `${from} in ${name}`).to.not.equal(before);
      fs.writeFileSync(file, after);
    }
  }

  const resultOf = (results: readonly CheckResult[] | undefined) =>
    results?.map(({ id, passed, notApplicable, diagnosis }) => [
      id,
      diagnosis?.id ?? notApplicable ?? passed,
    ]);

  for (const [what, edits, expected] of [
    ['that reads it at its start, and ends', OR_END, true],
    ['that reads it at its start, and shows a page at /login', OR_PAGE, true],
    ['that reads it at its start, and uses it', [...OR_END, ANY], 'discovery-not-verified'],
  ] as const)
    it(`in an app ${what}: the check says ${expected}, and the login is checked after it`, async () => {
      make(edits);
      const { checks } = await runChecks({ step: 2, appFolder: folder }, { only: [ID, '2.id-token'] });
      expect(resultOf(checks)).to.deep.equal([
        [ID, expected],
        ['2.id-token', true],
      ]);
    });

  it('at each save: judges the app that reads it at the first login, and starts none a second time', async () => {
    make([ANY]);
    const loop = new Loop(STEP, folder);
    const only = [ID, '2.id-token'];
    try {
      await loop.open();
      const rounds = [resultOf(await loop.run({ only }))];
      fs.rmSync(folder, { recursive: true });
      make([]);
      rounds.push(resultOf(await loop.run({ only })), resultOf(await loop.run({ only })));
      const [wrong, ...right] = rounds;
      expect(wrong?.[0]).to.deep.equal([ID, 'discovery-not-verified']);
      for (const round of right)
        expect(round).to.deep.equal([
          [ID, true],
          ['2.id-token', true],
        ]);
      fs.rmSync(folder, { recursive: true });
      make(OR_END);
      expect(resultOf(await loop.run({ only }))).to.deep.equal([
        [
          ID,
          'the app reads the discovery document when it starts: npm run check starts it once more for that',
        ],
        ['2.id-token', true],
      ]);
    } finally {
      await loop.close();
    }
  });
});
