export interface Finding {
  /** Stable: "port-taken". */
  id: string;
  /** `wrong` prevents commands; `warning` may cause trouble later; `note` is only worth knowing. */
  level: 'ok' | 'note' | 'warning' | 'wrong';
  seen: string;
  /** What to do. A field of `doctor --json`, so it keeps this name. */
  mend?: string;
}

export interface Locked {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  engines?: { node?: string };
}

export interface Lock {
  packages: Record<string, Locked>;
}

/** Whether a command also needs the packages for development. */
export interface Needs {
  dev: boolean;
}

export function look(root: string, needs: Needs): Finding[];
export function node(range: string, version: string): Finding;
export function packages(root: string, needs: Needs): Finding[];
/** Undefined when there is none, or it is not complete. */
export function readLock(file: string): Lock | undefined;
export function satisfies(version: string, range: string): boolean | undefined;
export const report: {
  text(findings: readonly Finding[]): string;
  json(findings: readonly Finding[]): string;
};
