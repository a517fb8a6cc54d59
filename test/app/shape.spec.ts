import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { listSteps } from '../../shared/steps/layers';
import { appFolder, removeApps } from '../support/app-in-process';
import { circleIn, importsWithin } from '../support/imports';

/** Lines that a file of the app may have after step 04. */
const MOST: Record<string, number> = { 'auth.ts': 120, 'tokens.ts': 120 };

/** Lines that the layer of step 07 may have, that each of its files may have, and that its three longest ones may. */
const LAYER_7 = {
  all: 1000,
  each: 75,
  longer: { 'stores/embedded.ts': 210, 'stores/redis.ts': 190, 'store-config.ts': 110 } as Record<
    string,
    number
  >,
};

/** Files that a later step writes again, and why. */
const AGAIN = [
  // The setting that names the proxies is one of the store's step: before it, there is one process, and a proxy on this machine.
  '7 app.ts',
];

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

  it('has fifteen files in the layer of step 07, each of them small', () => {
    const { folder } = listSteps().find(({ number }) => number === 7) ?? { folder: '' };
    const files = [...importsWithin(path.join(folder, 'app')).keys()].sort();
    expect(files).to.deep.equal([
      ...['app.ts', 'encryption.ts', 'hardening/ended-sessions.ts', 'hardening/store-failures.ts'],
      ...['lifetimes.ts', 'refresh-lock.ts', 'routes.ts', 'session-cookie.ts', 'store-config.ts'],
      ...['stores/embedded.ts', 'stores/memory.ts', 'stores/redis.ts', 'stores/shared-store.ts'],
      ...['stores/store-around.ts', 'stores/store.ts'],
    ]);
    const lines = files.map((file) => ({ file, count: linesOf(read(7, file)) }));
    for (const { file, count } of lines)
      expect(count, file).to.be.at.most(LAYER_7.longer[file] ?? LAYER_7.each);
    expect(lines.reduce((sum, { count }) => sum + count, 0)).to.be.at.most(LAYER_7.all);
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

  it('loads the package of a store only in the file of this store', () => {
    for (const [name, only] of [
      ['libsql', 'stores/embedded.ts'],
      ['redis', 'stores/redis.ts'],
      ['connect-redis', 'stores/redis.ts'],
    ])
      expect(
        [...importsWithin(appFolder(7)).keys()].filter((file) => read(7, file).includes(`from '${name}'`)),
        name,
      ).to.deep.equal([only]);
  });

  it('writes app.ts, errors.ts and server.ts in step 01, auth.ts and session.ts in step 02, and never again', () => {
    for (const [first, files] of [
      [1, ['app.ts', 'errors.ts', 'server.ts']],
      [2, ['auth.ts', 'session.ts', 'config.ts']],
      [3, ['api-client.ts', 'appointments.ts']],
    ] as const)
      for (const file of files)
        for (const { number, folder } of listSteps())
          if (number > first && !AGAIN.includes(`${number} ${file}`))
            expect(fs.existsSync(path.join(folder, 'app', file)), `${number} ${file}`).to.equal(false);
  });
});
