import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { listenOnLoopback } from '../../shared/lib/listen';
import { materialise, ROOT } from '../../shared/steps/layers';
import type { Finding } from '../../shared/workshop/doctor/finding';
import { inProcess } from '../support/in-process';
import { temporaryFolder } from '../support/workshop';

const SECRET = 'SESSION_SECRET=0123456789abcdef0123456789abcdef\n';

/** Ports that nobody has, so that what else runs on this machine is no matter. */
async function freePorts(): Promise<Record<string, string>> {
  const names = ['APP_PORT', 'GUIDE_PORT', 'TENANT_PORT', 'API_PORT', 'CHECK_TENANT_PORT', 'CHECK_API_PORT'];
  const taken = await Promise.all(
    names.map(() => listenOnLoopback(() => {}, { port: 0, party: 'A test', setting: '' })),
  );
  await Promise.all(taken.map((one) => one.close()));
  return Object.fromEntries(names.map((name, i) => [name, String(taken[i]?.port)]));
}

/** `npm run workshop doctor` for a learner with an app, a .env and free ports. */
export class Doctor {
  readonly #temporary = temporaryFolder();
  readonly folder = this.#temporary.folder;
  readonly work: string;
  readonly app: string;
  readonly env = path.join(this.folder, '.env');
  readonly secret = SECRET;
  free: Record<string, string> = {};

  constructor(name: string) {
    this.work = path.join(ROOT, '.workshop', `test-${name}-${process.pid}`);
    this.app = path.join(this.work, 'my-app');
  }

  async open(): Promise<void> {
    this.free = await freePorts();
    fs.mkdirSync(this.work, { recursive: true });
    materialise(4, this.app);
  }

  /** Writes .env as it is when nothing is wrong with it. */
  right(): void {
    fs.rmSync(this.env, { force: true });
    fs.writeFileSync(this.env, SECRET, { mode: 0o600 });
  }

  async run(env: Record<string, string> = {}, ...flags: string[]) {
    const { code, stdout, stderr } = await inProcess(
      'shared/workshop/main.ts',
      ['doctor', '--env', this.env, ...flags],
      { env: { WORKSHOP_DIR: this.work, MY_APP: this.app, ...this.free, ...env } },
    ).ended;
    return { code, stdout, stderr };
  }

  async findings(env: Record<string, string> = {}) {
    const { code, stdout, stderr } = await this.run(env, '--json');
    expect(stdout, stderr).to.match(/^\{/);
    const all = (JSON.parse(stdout) as { findings: Finding[] }).findings;
    const byId = (id: string) => all.find((one) => one.id === id);
    return { code, all, byId, wrong: all.filter(({ level }) => level === 'wrong').map(({ id }) => id) };
  }

  remove(): void {
    fs.rmSync(this.work, { recursive: true, force: true });
    this.#temporary.remove();
  }
}
