import fs from 'node:fs';
import path from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type TypeScript from 'typescript';
import type { FoundTypeError, TypeQuestion, WorkerData } from './type-check';

/** A thread with a language service for an app's files, so that only the first look is slow. */
const { typescript, config, root } = workerData as WorkerData;
const ts = require(typescript) as typeof TypeScript;
const services = new Map<string, TypeScript.LanguageService>();
const registry = ts.createDocumentRegistry();

parentPort?.on('message', ({ id, folder, files, file }: TypeQuestion) => {
  let errors: FoundTypeError[] = [];
  try {
    errors = look(folder, files, file);
  } catch {
    // An app that cannot be type-checked gets findings without it.
  }
  parentPort?.postMessage({ id, errors });
});

let current: readonly string[] = [];

function look(folder: string, files: readonly string[], file: string): FoundTypeError[] {
  current = files;
  const service = services.get(folder) ?? serviceOf(folder);
  services.set(folder, service);
  return service.getSemanticDiagnostics(file).flatMap((one) => errorOf(one, folder) ?? []);
}

function serviceOf(folder: string): TypeScript.LanguageService {
  const own = path.join(folder, 'tsconfig.json');
  const file = fs.existsSync(own) ? own : config;
  const { options } = ts.parseJsonConfigFileContent(
    { ...ts.readConfigFile(file, ts.sys.readFile).config, include: [], files: [] },
    ts.sys,
    path.dirname(file),
  );
  const settings = { ...options, types: ['node'], typeRoots: [path.join(root, 'node_modules/@types')] };
  return ts.createLanguageService(
    {
      getCompilationSettings: () => ({ ...settings, noEmit: true, skipLibCheck: true }),
      getScriptFileNames: () => [...current],
      getScriptVersion: versionOf,
      getScriptSnapshot: (name) => {
        const text = ts.sys.readFile(name);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => folder,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists: ts.sys.fileExists,
      readFile: ts.sys.readFile,
      readDirectory: ts.sys.readDirectory,
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
    },
    registry,
  );
}

/** Files of packages do not change while the workshop runs; an app's own are compared by their text. */
function versionOf(file: string): string {
  if (file.split(/[\\/]/).includes('node_modules')) return '1';
  return ts.sys.createHash?.(ts.sys.readFile(file) ?? '') ?? String(performance.now());
}

function errorOf(found: TypeScript.Diagnostic, folder: string): FoundTypeError | undefined {
  const { file, start, code, messageText, category, relatedInformation = [] } = found;
  if (!file || start === undefined || category !== ts.DiagnosticCategory.Error) return undefined;
  return {
    file: path.relative(folder, file.fileName).split(path.sep).join('/'),
    line: file.getLineAndCharacterOfPosition(start).line + 1,
    code,
    message: ts.flattenDiagnosticMessageText(messageText, ' ').replace(/\s+/g, ' '),
    text: file.text.slice(start, start + (found.length ?? 0)),
    related: relatedInformation.map((one) => one.code),
  };
}
