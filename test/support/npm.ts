import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ROOT } from '../../shared/steps/layers';

const CERTIFICATES = 'NODE_EXTRA_CA_CERTS';
const SET_ASIDE = 'CERTIFICATES_FOR_NPM';

/** Each Node.js process reads such certificates at its start, which takes longer than all else that it does there. Only npm needs them. */
export function setCertificatesAside(): void {
  const file = process.env[CERTIFICATES];
  if (file === undefined) return;
  process.env[SET_ASIDE] = file;
  delete process.env[CERTIFICATES];
}

/** For npm where it may ask a registry. */
export function withCertificates(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const file = process.env[SET_ASIDE];
  return file === undefined ? env : { ...env, [CERTIFICATES]: file };
}

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
    env: { ...withCertificates(Object.fromEntries(inherited)), ...env },
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
