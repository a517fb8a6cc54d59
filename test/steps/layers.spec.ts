import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { UserError } from '../../shared/lib/user-error';
import { findStep, layersOf, listSteps, materialise } from '../../shared/steps/layers';
import { temporaryFolder } from '../support/workshop';

const files = (folder: string) =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();

describe('steps as layers', () => {
  const { folder, remove } = temporaryFolder();
  after(remove);

  it('are numbered without a gap, and their tasks bear their number', () => {
    expect(listSteps().map(({ number }) => number)).to.deep.equal(listSteps().map((_, i) => i + 1));
    for (const step of listSteps())
      for (const task of step.tasks) expect(task.id).to.match(new RegExp(`^${step.number}\\.`));
  });

  it('are found by number, by two digits and by name; any other is answered with the list', () => {
    for (const wanted of ['4', '04', '04-refresh-your-access-token'])
      expect(findStep(wanted).number).to.equal(4);
    for (const wanted of ['', '0', '99', '4x', '../01-configure-your-api'])
      expect(() => findStep(wanted), wanted).to.throw(UserError, /The steps are:\n {2}01/);
  });

  for (const step of listSteps()) {
    for (const starter of [false, true]) {
      it(`the ${starter ? 'starter of' : 'app after'} step ${step.id} is the whole union, without a marker`, () => {
        const target = path.join(folder, `${step.id}-${starter}`);
        materialise(step.number, target, { starter });
        expect(files(target)).to.deep.equal([...layersOf(step.number).keys()].sort());
        expect(files(target)).to.include.members(['server.ts', 'app.ts', 'tenant.yaml']);
        for (const file of files(target))
          expect(fs.readFileSync(path.join(target, file), 'utf8'), file).not.to.match(
            /(BEGIN|END) SOLUTION|\/\/ STUB/,
          );
      });
    }
  }

  it('lets the later layer win', () => {
    const winner = layersOf(4).get('routes.ts');
    expect(winner?.number).to.equal(4);
    const target = path.join(folder, 'winner');
    materialise(3, target);
    const third = fs.readFileSync(path.join(target, 'routes.ts'), 'utf8');
    materialise(4, target);
    expect(fs.readFileSync(path.join(target, 'routes.ts'), 'utf8')).not.to.equal(third);
  });

  it('replaces what was there, and leaves nothing beside it', () => {
    const parent = path.join(folder, 'replaced');
    const target = path.join(parent, 'app');
    materialise(2, target);
    fs.writeFileSync(path.join(target, 'stale.ts'), '');
    materialise(1, target);
    expect(files(target)).not.to.include.members(['stale.ts']).and.not.include.members(['auth.ts']);
    expect(fs.readdirSync(parent)).to.deep.equal(['app']);
  });
});
