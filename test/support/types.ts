import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { alternativesOf, materialiseAlternative } from '../../shared/steps/alternatives';
import { listSteps, materialise, ROOT, workFolder } from '../../shared/steps/layers';

/**
 * Type-checks the repository, and each step's finished app and starter as a learner has them, and its correct answers written in
 * another way: a layer alone does not compile. One process, in which the packages' types are read once.
 *
 * Exit code 1 with the compiler's messages when something does not fit.
 */
function main(): void {
  const folder = path.join(workFolder(), `types-${process.pid}`);
  try {
    const host = sharedHost();
    const wrong = [ROOT, ...unions(folder)].flatMap((project) => check(project, host));
    process.stdout.write(wrong.join(''));
    process.exitCode = wrong.length > 0 ? 1 : 0;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function unions(folder: string): string[] {
  return listSteps().flatMap((step) => {
    const { number, id } = step;
    const apps = [false, true].map((starter) => {
      const target = path.join(folder, starter ? `${id}-start` : id);
      materialise(number, target, { starter });
      return target;
    });
    const others = alternativesOf(step).map((name) => {
      const target = path.join(folder, `${id}-${name}`);
      materialiseAlternative(step, name, target);
      return target;
    });
    return [...apps, ...others.filter((target) => fs.existsSync(path.join(target, 'server.ts')))].map(
      asProject,
    );
  });
}

function asProject(target: string): string {
  const options = {
    extends: path.join(ROOT, 'tsconfig.json'),
    include: ['.'],
    compilerOptions: { types: ['node'] },
  };
  fs.writeFileSync(path.join(target, 'tsconfig.json'), JSON.stringify(options));
  return target;
}

function check(project: string, host: ts.CompilerHost): string[] {
  const file = path.join(project, 'tsconfig.json');
  const { options, fileNames } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(file, ts.sys.readFile).config,
    ts.sys,
    project,
  );
  const program = ts.createProgram({ rootNames: fileNames, options, host });
  return ts.getPreEmitDiagnostics(program).map((one) => ts.formatDiagnostic(one, host));
}

function sharedHost(): ts.CompilerHost {
  const host = ts.createCompilerHost({});
  const read = host.getSourceFile.bind(host);
  const known = new Map<string, ts.SourceFile | undefined>();
  host.getSourceFile = (name, ...how) => {
    // The workshop's own files are checked with other options in another project.
    if (!name.includes('node_modules')) return read(name, ...how);
    if (!known.has(name)) known.set(name, read(name, ...how));
    return known.get(name);
  };
  return host;
}

main();
