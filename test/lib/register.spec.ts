import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { REGISTER, workFolder } from '../../shared/lib/places';

/** What a file prints, with the packages that its process loaded. */
interface Run {
  printed: string;
  compiled: boolean;
}

describe('the store of compiled files', () => {
  const folder = path.join(workFolder(), `register-${process.pid}`);
  const store = path.join(folder, 'store');
  const at = (name: string) => path.join(folder, name);
  const script = `
    require(process.argv[1]);
    process.stdout.write(JSON.stringify(Object.keys(require.cache).some((file) => /node_modules.typescript/.test(file))));
  `;

  /** Loads a file in a process of its own, which has the store of this test. */
  function run(file: string): Run {
    const args = ['-r', REGISTER, '-e', script, file];
    const env = { ...process.env, WORKSHOP_COMPILED: store };
    const output = execFileSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' });
    const lines = output.trimEnd().split('\n');
    return { printed: lines.slice(0, -1).join('\n'), compiled: lines.at(-1) === 'true' };
  }
  const write = (name: string, text: string) => fs.writeFileSync(at(name), text);
  /** What register.js stored; the bytecode is Node's. */
  const entries = () => (fs.existsSync(store) ? fs.readdirSync(store).filter((name) => name !== 'v8') : []);

  beforeEach(() => fs.mkdirSync(folder, { recursive: true }));
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('serves what was compiled before without loading the compiler', () => {
    write('one.ts', "const word: string = 'one'; console.log(word);\n");
    expect(run(at('one.ts'))).to.deep.equal({ printed: 'one', compiled: true });
    expect(run(at('one.ts'))).to.deep.equal({ printed: 'one', compiled: false });
  });

  it('never serves a changed file as it was, even with the size and the time of before', () => {
    write('one.ts', "console.log('one');\n");
    const { atime, mtime } = fs.statSync(at('one.ts'));
    run(at('one.ts'));
    write('one.ts', "console.log('two');\n");
    fs.utimesSync(at('one.ts'), atime, mtime);
    expect(run(at('one.ts'))).to.deep.equal({ printed: 'two', compiled: true });
    write('one.ts', "console.log('one');\n");
    expect(run(at('one.ts'))).to.deep.equal({ printed: 'one', compiled: false });
  });

  it('serves a text wherever it is, and names its own file and line in a stack', () => {
    const text = "interface Unused {\n  a: string;\n}\nconsole.log(new Error('here').stack);\n";
    write('one.ts', text);
    write('two.ts', text);
    expect(run(at('one.ts')).printed).to.include(`${at('one.ts')}:4:13`);
    const { printed, compiled } = run(at('two.ts'));
    expect(compiled).to.equal(false);
    expect(printed).to.include(`${at('two.ts')}:4:13`);
    expect(printed).not.to.include('one.ts');
    expect(entries()).to.have.length(1);
  });

  it('has the map of a file in its code for a debugger, and nowhere else', () => {
    write('one.ts', "exports.here = () => 'one';\n");
    const session = `
      const session = new (require('node:inspector').Session)();
      session.connect();
      session.on('Debugger.scriptParsed', ({ params }) => {
        if (params.url.endsWith('one.ts')) console.log(params.sourceMapURL.slice(0, 21));
      });
      session.post('Debugger.enable');
      require(process.argv[1]);`;
    const mapOf = (...flags: string[]) =>
      execFileSync(process.execPath, [...flags, '-r', REGISTER, '-e', session, at('one.ts')], {
        cwd: folder,
        env: { ...process.env, WORKSHOP_COMPILED: store },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    expect(mapOf()).to.equal('');
    expect(mapOf('--inspect=127.0.0.1:0')).to.equal('data:application/json');
  });

  it('compiles again what is damaged or cut off in it', () => {
    write('one.ts', "console.log('one');\n");
    run(at('one.ts'));
    const [entry = ''] = entries();
    const whole = fs.readFileSync(path.join(store, entry), 'utf8');
    for (const damaged of [whole.replace("'one'", "'two'"), whole.slice(0, -5), '', 'nonsense']) {
      fs.writeFileSync(path.join(store, entry), damaged);
      expect(run(at('one.ts'))).to.deep.equal({ printed: 'one', compiled: true });
      expect(fs.readFileSync(path.join(store, entry), 'utf8')).to.equal(whole);
    }
  });

  it('costs nothing but time where it cannot be written', () => {
    write('one.ts', "console.log('one');\n");
    write('store', 'a file where the folder should be');
    expect(run(at('one.ts'))).to.deep.equal({ printed: 'one', compiled: true });
  });

  it('leaves a folder with a tsconfig.json of its own to ts-node', () => {
    write(
      'tsconfig.json',
      JSON.stringify({ compilerOptions: { target: 'es2022', module: 'nodenext' }, 'ts-node': { swc: true } }),
    );
    write('one.ts', "const word: string = 'one'; console.log(word);\n");
    expect(run(at('one.ts'))).to.deep.equal({ printed: 'one', compiled: true });
    expect(entries()).to.deep.equal([]);
  });
});
