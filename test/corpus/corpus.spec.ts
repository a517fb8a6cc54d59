import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { workFolder } from '../../shared/steps/layers';
import { listApps } from './apps';
import { readVerdicts } from './verdicts';

describe('the corpus of apps by other hands', () => {
  const folder = path.join(workFolder(), `corpus-${process.pid}`);
  const apps = listApps();
  const verdicts = readVerdicts();
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('has every app: each patch fits the app below it', () => {
    expect(apps.length).to.be.above(0);
    for (const { id, make } of apps) {
      make(folder);
      expect(fs.readdirSync(folder), id).to.include.members(['server.ts', 'tenant.yaml']);
      fs.rmSync(folder, { recursive: true });
    }
  });

  it('has a verdict on each, which somebody read', () => {
    expect([...verdicts.keys()]).to.have.members(apps.map(({ id }) => id));
    const unread = apps.filter(({ id, cause }) => {
      const told = verdicts.get(id)?.told;
      return told === 'unread' || (told === undefined) !== (cause === undefined);
    });
    expect(unread.map(({ id }) => id)).to.deep.equal([]);
  });
});
