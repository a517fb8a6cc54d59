import path from 'node:path';
import ts from 'typescript';
import { ROOT } from '../../shared/lib/places';
import { type Pair, type Range, usesIn } from './operators';

/**
 * The pairs of variables of one type that the code within some lines uses.
 *
 * @param file of an app that is there with all its files.
 */
export class SameType {
  readonly #program: ts.Program;

  constructor(files: readonly string[]) {
    const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
    this.#program = ts.createProgram([...files], { ...options, allowJs: true, noEmit: true });
  }

  pairs(file: string, range: Range): Pair[] {
    const source = this.#program.getSourceFile(file);
    if (!source) throw new Error(`${file} is not among the files of the app`);
    const checker = this.#program.getTypeChecker();
    const types = new Map<string, string>();
    for (const use of usesIn(source, range)) {
      const symbol = ts.isShorthandPropertyAssignment(use.parent)
        ? checker.getShorthandAssignmentValueSymbol(use.parent)
        : checker.getSymbolAtLocation(use);
      const declaration = symbol?.valueDeclaration;
      const variable = declaration && (ts.isVariableDeclaration(declaration) || ts.isParameter(declaration));
      if (!symbol || !variable || declaration.getSourceFile() !== source) continue;
      const type = checker.getBaseTypeOfLiteralType(checker.getTypeOfSymbol(symbol));
      types.set(use.text, checker.typeToString(type));
    }
    const all = [...types];
    return all.flatMap(([a, type], i) =>
      all.slice(i + 1).flatMap(([b, other]): Pair[] => (type === other ? [[a, b]] : [])),
    );
  }
}
