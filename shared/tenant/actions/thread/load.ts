import { builtinModules, createRequire } from 'node:module';
import vm from 'node:vm';
import type { Script } from '../protocol';
import { say, settings } from './running';

const loaded = new Map<number, unknown>();

/** A Rule refuses with it. */
export class UnauthorizedError extends Error {
  override name = 'UnauthorizedError';
}

/** A Hook refuses with one of these. */
export class HookError extends Error {
  readonly code: string = 'server_error';
}
class InvalidScopeError extends HookError {
  override readonly code = 'invalid_scope';
}
class InvalidRequestError extends HookError {
  override readonly code = 'invalid_request';
}
class ServerError extends HookError {}

/**
 * What a script exports; it is evaluated once in a thread's life, as on a real tenant.
 *
 * @param more what it finds beside module, exports and require.
 */
export function load(script: number, more: Record<string, unknown> = {}): unknown {
  if (loaded.has(script)) return loaded.get(script);
  const { kind, source, file } = settings.scripts[script] as Script;
  const module = { exports: {} as unknown };
  const globals: Record<string, unknown> = {
    require: requireFor(script),
    module,
    exports: module.exports,
    ...(kind === 'Rule' ? { UnauthorizedError, configuration: { ...settings.configuration } } : {}),
    ...(kind === 'Hook' ? { InvalidScopeError, InvalidRequestError, ServerError } : {}),
    ...more,
  };
  const compiled = vm.compileFunction(source, Object.keys(globals), {
    filename: file,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const returned: unknown = compiled.call(module.exports, ...Object.values(globals));
  const exported = kind === 'Rule' ? returned : module.exports;
  loaded.set(script, exported);
  return exported;
}

/** Node's modules, and the packages that the script's folder or the workshop has. */
function requireFor(script: number): (name: string) => unknown {
  const { file, packages, kind } = settings.scripts[script] as Script;
  const places = [createRequire(file), createRequire(settings.root)];
  const told = new Set<string>();
  return (name) => {
    if (/^[./]/.test(name))
      throw new Error(
        `cannot require ${name}: on a real tenant one ${kind} is one file; use a package, or copy the code`,
      );
    if (builtinModules.includes(name.replace(/^node:/, ''))) return require(name);
    const asPackage = name.split('/', name.startsWith('@') ? 2 : 1).join('/');
    if (packages && !packages.includes(asPackage) && !told.has(asPackage)) {
      told.add(asPackage);
      say(
        'hint',
        `requires ${asPackage}, which a real tenant has only if it is listed under dependencies`,
        script,
      );
    }
    const from = places.find((place) => canResolve(place, name));
    if (!from) throw new Error(`cannot find the package ${name}: npm install it where tenant.yaml is`);
    return from(name);
  };
}

function canResolve(place: NodeJS.Require, name: string): boolean {
  try {
    place.resolve(name);
    return true;
  } catch {
    return false;
  }
}
