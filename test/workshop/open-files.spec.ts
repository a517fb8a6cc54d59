import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { findStep, materialise, readApp } from '../../shared/steps/layers';
import { openFiles } from '../../shared/workshop/tasks';
import { temporaryFolder } from '../support/workshop';

describe('the files in which a task is still open', () => {
  const { folder, remove } = temporaryFolder();
  after(remove);
  const step = findStep('5');
  const task = step.tasks.find(({ id }) => id === '5.2');
  const open = () => (task ? openFiles(folder, step, task) : undefined);

  it('are its own file and then the other one, each until its placeholder is gone', () => {
    materialise(5, folder, { starter: true });
    expect(open()).to.deep.equal(['actions/add-attributes.js', 'tenant.yaml']);
    const write = (file: string) => fs.writeFileSync(path.join(folder, file), readApp(5).get(file) ?? '');
    write('actions/add-attributes.js');
    expect(open()).to.deep.equal(['tenant.yaml']);
    write('tenant.yaml');
    expect(open()).to.deep.equal([]);
  });

  it('are none that the learner has deleted', () => {
    materialise(5, folder, { starter: true });
    fs.rmSync(path.join(folder, 'tenant.yaml'));
    expect(open()).to.deep.equal(['actions/add-attributes.js']);
  });
});
