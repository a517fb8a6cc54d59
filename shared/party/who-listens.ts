import { execFileSync } from 'node:child_process';

/**
 * The program that listens on a port, as "node (process 1234)"; undefined where the system does not tell, e.g. for
 * another user's program.
 */
export function whoListens(port: number): string | undefined {
  const [command, args, pattern] =
    process.platform === 'linux'
      ? (['ss', ['-Hltnp', `sport = :${port}`], /\(\("([^"]+)",pid=(\d+)/] as const)
      : (['lsof', ['-nP', '-Fcp', `-iTCP:${port}`, '-sTCP:LISTEN'], /p(?<pid>\d+)\nc(?<name>.+)/] as const);
  try {
    const out = execFileSync(command, args, {
      encoding: 'utf8',
      timeout: 1000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const found = pattern.exec(out);
    if (!found) return undefined;
    const { name = found[1], pid = found[2] } = found.groups ?? {};
    return `${name} (process ${pid})`;
  } catch {
    // No such command here, or it may not say: the message does without.
    return undefined;
  }
}
