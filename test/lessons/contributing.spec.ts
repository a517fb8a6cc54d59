import fs from 'node:fs';
import { expect } from 'chai';
import { listSteps } from '../../shared/steps/layers';
import { COMMAND, locked, missingForOthers, PAGE, tableIn, versionTable } from './versions';

describe('the page for contributors', () => {
  it('has the versions of the lock file, as has each step.yaml', () => {
    expect(tableIn(fs.readFileSync(PAGE, 'utf8')), `bring it up to date with: ${COMMAND}`).to.equal(
      versionTable(),
    );
    for (const { name, versions } of listSteps())
      for (const [one, version] of Object.entries(versions))
        expect(version, `${one} in ${name}/step.yaml; ${COMMAND}`).to.equal(locked(one));
  });

  it('is of a lock file by which the workshop can be installed on every system', () => {
    const advice = 'the registry lacked them: take package-lock.json back, and update again later';
    expect(missingForOthers(), advice).to.deep.equal([]);
  });
});
