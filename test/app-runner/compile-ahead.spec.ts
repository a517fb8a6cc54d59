import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { ChangedSources } from '../../shared/app-runner/compile-ahead';
import { askLoaded, PrewarmedProcess } from '../../shared/app-runner/prewarmed-process';
import { startApp } from '../../shared/app-runner/start-app';
import { workFolder } from '../../shared/steps/layers';

const COMPILER = /[\\/]node_modules[\\/]typescript[\\/]/;

describe('the changed files of an app', () => {
  let folder: string;
  let sources: ChangedSources;
  before(() => {
    fs.mkdirSync(workFolder(), { recursive: true });
    folder = fs.mkdtempSync(path.join(workFolder(), 'changed-'));
    sources = new ChangedSources(folder);
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** Saves an app while a process waits for it, and starts it there. */
  async function packagesOf(text: string, compile: boolean): Promise<readonly string[]> {
    const prewarmed = new PrewarmedProcess(folder, { packages: [], files: [], views: [] }, process.env);
    expect(await prewarmed.ready).to.equal(true);
    fs.writeFileSync(path.join(folder, 'server.ts'), text);
    if (compile) sources.compile();
    const app = await startApp(folder, { env: {}, prewarmed });
    try {
      return (await askLoaded(app.child, folder))?.packages ?? [];
    } finally {
      await app.close();
    }
  }
  const server = () =>
    `const port: string = process.env.PORT ?? '';
    require('node:http').createServer().listen(port, '127.0.0.1'); // ${process.hrtime.bigint()}\n`;

  it('are compiled before it starts, so that its process loads no compiler', async () => {
    expect((await packagesOf(server(), false)).some((file) => COMPILER.test(file))).to.equal(true);
    const packages = await packagesOf(server(), true);
    expect(packages.filter((file) => COMPILER.test(file))).to.deep.equal([]);
    expect(packages).to.not.deep.equal([]);
  });

  it('with a mistake end nothing here: the app itself reports it', async () => {
    fs.writeFileSync(path.join(folder, 'server.ts'), 'const a = ;\n');
    sources.compile();
    const error = await startApp(folder, { env: {} }).then(
      () => expect.fail('it started'),
      (failed: Error) => failed,
    );
    expect(error.message).to.include('Expression expected');
  });
});
