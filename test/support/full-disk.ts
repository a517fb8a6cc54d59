import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { readEnvFile } from '../../shared/lib/settings';
import { materialise, ROOT } from '../../shared/steps/layers';
import { command } from './command';
import { inProcess } from './in-process';

/** What full-disk.ts found. */
export interface FullDisk {
  /** A first start without room: its exit code and words, and the files without a byte that it left. */
  first: { code: number | null; stderr: string; empty: string[] };
  /** The tenant alone and the doctor, without room. */
  full: { tenant: string; doctor: string[]; empty: string[] };
  /** Beside an empty session-secret: what the app answers, and how long the secret is then. */
  secret: { status: number; length: number };
  /** The disk gets full while it runs: what parties and guide answer, and what it says on standard error. */
  meanwhile: { statuses: number[]; guide: number; stderr: string; ended: boolean };
  /** What the doctor names beside an empty file. */
  doctor: string[];
}

/**
 * A program of its own, FOLDER: runs npm start on a small disk that gets full. It mounts that disk, so it is started in a namespace of its own
 * (unshare -rm), with which the disk goes. Prints a FullDisk as JSON.
 */
const MESSAGES = 2_400;

async function main(folder: string): Promise<void> {
  const app = `${folder}-app`;
  materialise(4, app);
  fs.mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', folder]);
  const env = path.join(folder, 'env');
  const run = (script: string, args: string[]) =>
    inProcess(script, args, { env: { WORKSHOP_DIR: folder, MY_APP: app } });
  const ports = ['guide', 'app', 'tenant', 'api'].flatMap((one) => [`--${one}-port`, '0']);
  const filler = path.join(folder, 'filler');
  const fill = () => {
    const file = fs.openSync(filler, 'a');
    try {
      for (;;) fs.writeSync(file, Buffer.alloc(512, 1));
    } catch {
      fs.closeSync(file);
    }
  };
  const free = () => fs.rmSync(filler, { force: true });
  const emptyFiles = () =>
    fs
      .readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(
        (name) =>
          fs.statSync(path.join(folder, name)).isFile() && fs.statSync(path.join(folder, name)).size === 0,
      );

  fill();
  const { code, stderr } = await run('shared/guide/main.ts', [...ports, '--env', env]).ended;
  const first = { code, stderr, empty: emptyFiles() };
  const wrongIn = async () => {
    const doctor = await run('shared/workshop/main.ts', ['doctor', '--json', '--env', env]).ended;
    const { findings } = JSON.parse(doctor.stdout) as { findings: { id: string; level: string }[] };
    return findings.filter(({ level }) => level !== 'ok').map(({ id }) => id);
  };
  const tenantAlone = await run('shared/workshop/tenant.ts', ['--port', '0', '--data', `${folder}/alone`])
    .ended;
  const full = { tenant: tenantAlone.stderr, doctor: await wrongIn(), empty: emptyFiles() };
  free();

  const secretFile = path.join(folder, 'session-secret');
  fs.writeFileSync(secretFile, '');
  const doctor = await wrongIn();
  // A process keeps the secret that it could not write, so this is another one than the first.
  const started = command('shared/guide/main.ts', [...ports, '--env', env], {
    env: { WORKSHOP_DIR: folder, MY_APP: app },
  });
  await started.until(/Ctrl-C[\s\S]*\n\n/);
  const at = (name: string) =>
    new RegExp(`^ {2}${name} +(http://localhost:\\d+)`, 'm').exec(started.stdout())?.[1] ?? '';
  const status = async (url: string) => {
    const answer = await fetch(url, { redirect: 'manual' });
    await answer.arrayBuffer();
    return answer.status;
  };
  const secret = {
    status: await status(`${at('App')}/login`),
    length: fs.readFileSync(secretFile, 'utf8').length,
  };

  fill();
  const tenant = readEnvFile(env).ISSUER_BASE_URL ?? '';
  // Messages that cost little, until no room is left for the older ones.
  for (let i = 0; i < MESSAGES / 20; i += 1)
    await Promise.all(Array.from({ length: 20 }, () => status(`${tenant}.well-known/jwks.json`)));
  const statuses = [await status(`${tenant}authorize?client_id=x`), await status(`${at('App')}/login`)];
  const guide = await status(`${at('Open')}/wire`);
  const meanwhile = {
    statuses,
    guide,
    stderr: started.stderr(),
    ended: started.child.exitCode !== null,
  };
  await started.stop();
  const found: FullDisk = {
    first,
    full,
    secret,
    meanwhile,
    doctor,
  };
  process.stdout.write(JSON.stringify(found));
  fs.rmSync(app, { recursive: true, force: true });
}

main(path.resolve(ROOT, process.argv[2] ?? '')).catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
