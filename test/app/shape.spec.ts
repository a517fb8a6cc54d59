import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { listSteps } from '../../shared/steps/layers';
import { appFolder, removeApps } from '../support/app-in-process';
import { circleIn, importsWithin } from '../support/imports';

/** Lines that a file of the app may have after step 04. */
const MOST: Record<string, number> = { 'auth.ts': 120, 'tokens.ts': 120 };

describe('the shape of the app', () => {
  after(removeApps);
  const coreOf = (step: number) => fs.readdirSync(appFolder(step)).filter((file) => file.endsWith('.ts'));
  const read = (step: number, file: string) => fs.readFileSync(path.join(appFolder(step), file), 'utf8');
  const linesOf = (text: string) => text.split('\n').length - 1;

  it('is eleven core files and at most 700 lines after step 04', () => {
    const files = coreOf(4);
    expect(files.sort()).to.deep.equal([
      ...['api-client.ts', 'app.ts', 'appointments.ts', 'auth.ts', 'config.ts', 'errors.ts'],
      ...['profile.ts', 'routes.ts', 'server.ts', 'session.ts', 'tokens.ts'],
    ]);
    const lines = files.map((file) => linesOf(read(4, file)));
    expect(lines.reduce((sum, one) => sum + one, 0)).to.be.at.most(700);
    for (const [file, most] of Object.entries(MOST)) expect(linesOf(read(4, file)), file).to.be.at.most(most);
  });

  it('has an API of at most six core files and 350 lines after step 06, which imports nothing of the app', () => {
    const files = fs.readdirSync(path.join(appFolder(6), 'api')).filter((file) => file.endsWith('.ts'));
    expect(files).to.have.length.of.at.most(6);
    const lines = files.map((file) => linesOf(read(6, path.join('api', file))));
    expect(lines.reduce((sum, one) => sum + one, 0)).to.be.at.most(350);
    const api = [...importsWithin(appFolder(6))].filter(([file]) => file.startsWith('api/'));
    expect(
      api.flatMap(([, imported]) => [...imported]).filter((file) => !file.startsWith('api/')),
    ).to.deep.equal([]);
  });

  for (const { id, number } of listSteps())
    it(`has no circle of imports after step ${id}`, () => {
      expect(circleIn(importsWithin(appFolder(number)))).to.equal(undefined);
    });

  it('adds to no global type but the session’s data', () => {
    for (const { number } of listSteps())
      for (const file of importsWithin(appFolder(number)).keys()) {
        if (file.endsWith('.d.ts')) continue;
        const declared = [...read(number, file).matchAll(/declare (?:module '(.*?)'|global)/g)];
        expect(
          declared.map(([, name]) => name),
          file,
        ).to.deep.equal(file === 'session.ts' ? ['express-session'] : []);
      }
  });

  it('writes app.ts, errors.ts and server.ts in step 01, auth.ts and session.ts in step 02, and never again', () => {
    for (const [first, files] of [
      [1, ['app.ts', 'errors.ts', 'server.ts']],
      [2, ['auth.ts', 'session.ts', 'config.ts']],
      [3, ['api-client.ts', 'appointments.ts']],
    ] as const)
      for (const file of files)
        for (const { number, folder } of listSteps())
          if (number > first)
            expect(fs.existsSync(path.join(folder, 'app', file)), `${number} ${file}`).to.equal(false);
  });
});
