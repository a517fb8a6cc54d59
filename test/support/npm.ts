import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ROOT } from '../../shared/steps/layers';

/** The real npm in a process of its own, without what an npm around the tests has left in their environment. */
export async function npm(
  args: string[],
  { env = {}, cwd = ROOT }: { env?: Record<string, string>; cwd?: string } = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^npm_(?!config_(cache|registry|offline|userconfig|cafile)$)/i.test(name),
  );
  const child = spawn('npm', args, {
    cwd,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // On Windows npm is a script.
    shell: process.platform === 'win32',
  });
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
    });
  const [code] = await once(child, 'close');
  return { code: code as number | null, ...written };
}
