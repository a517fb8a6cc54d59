import vm from 'node:vm';
import type { Script } from '../protocol';
import { requireFor } from './packages';
import { settings } from './running';

const loaded = new Map<number, unknown>();

export class UnauthorizedError extends Error {
  override name = 'UnauthorizedError';
}

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

/** What a script exports; evaluated once for each thread, as on a real tenant. @param more further globals. */
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
