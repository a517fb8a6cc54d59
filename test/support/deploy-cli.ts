import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { REGISTER } from '../../shared/lib/places';
import { ROOT } from '../../shared/steps/layers';

export interface DeployCli {
  /**
   * What it printed, one line each, without times and colours.
   *
   * @throws Error with all that it printed, when it failed.
   */
  run(command: 'import' | 'export', params: object): Promise<string[]>;
  close(): Promise<void>;
}

/** Auth0's deploy-cli, with settings as its users give them: in the environment. */
export async function startDeployCli(env: Record<string, string>): Promise<DeployCli> {
  const child = fork(path.join(__dirname, 'deploy-cli-process.ts'), [], {
    execArgv: ['-r', REGISTER],
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      TS_NODE_PROJECT: path.join(ROOT, 'tsconfig.json'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const ended = once(child, 'close');
  const answer = async (): Promise<{ error?: string }> => {
    const first = await Promise.race([once(child, 'message'), ended.then(() => undefined)]);
    if (!first) throw new Error(`deploy-cli ended:\n${output}`);
    return first[0] as { error?: string };
  };
  await answer();
  return {
    run: async (command, params) => {
      output = '';
      child.send({ command, params });
      const { error } = await answer();
      const lines = stripVTControlCharacters(output)
        .split('\n')
        .map((line) => line.replace(/^\S+Z - (\w+): /, '$1: ').trim())
        .filter(Boolean);
      if (error !== undefined) throw new Error(`deploy-cli ${command}: ${error}\n${lines.join('\n')}`);
      return lines;
    },
    close: async () => {
      child.kill();
      await ended;
    },
  };
}
