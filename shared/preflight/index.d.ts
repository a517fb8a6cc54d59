/** What was looked at, and what came of it. */
export interface Finding {
  /** Stable: "port-taken". */
  id: string;
  /** Wrong stands in the way; a warning may bite later; a note is only worth knowing. */
  level: 'ok' | 'note' | 'warning' | 'wrong';
  /** What was seen. */
  seen: string;
  /** What to do. */
  mend?: string;
}

export interface Locked {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  engines?: { node?: string };
}

/** What of npm's lock files is read here. */
export interface Lock {
  packages: Record<string, Locked>;
}

/** Whether a command needs the packages for development, too. */
export interface Needs {
  dev: boolean;
}

export function look(root: string, needs: Needs): Finding[];
export function node(range: string, version: string): Finding;
export function packages(root: string, needs: Needs): Finding[];
/** Undefined when there is none, or none that is whole. */
export function readLock(file: string): Lock | undefined;
export function satisfies(version: string, range: string): boolean | undefined;
export const report: {
  text(findings: readonly Finding[]): string;
  json(findings: readonly Finding[]): string;
};
