import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import type { AppProcess } from '../../shared/app-runner/start-app';
import { Diagnosis } from '../../shared/checks/diagnosis';
import { Parties } from '../../shared/checks/parties';
import type { Site } from '../../shared/checks/site/site';
import { TestEnvironment } from '../../shared/checks/test-environment';
import { appFolders } from '../support/check';

/** Answers with its process and with what the proxy passed on; and ends its process. */
const PROBE = `import { Router } from 'express';
export const probe = Router()
  .get('/probe', ({ headers }, res) => {
    const { PORT: port, STORE_KEYS: keys } = process.env;
    const forwarded = ['proto', 'host', 'for'].map((name) => headers['x-forwarded-' + name]);
    res.json({ pid: process.pid, port, keys, forwarded });
  })
  .get('/broken', (_req, res) => {
    res.end();
    setImmediate(() => {
      throw new Error('broken on purpose');
    });
  });
`;
const CREATED = '  const app = express();\n';
const FORGED = {
  'x-forwarded-proto': 'ftp',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-for': '6.6.6.6',
};

interface Probed {
  pid: number;
  port: string;
  keys: string;
  forwarded: string[];
}

const isThere = (pid: number | undefined): boolean => {
  try {
    return process.kill(pid ?? 0, 0);
  } catch {
    return false;
  }
};

describe('an app in the checks as two processes behind a proxy', () => {
  const folders = appFolders();
  const subject = { step: 7, appFolder: folders.make(7) };
  const parties = new Parties(subject);
  const on = new TestEnvironment(subject, parties);
  const pids = new Set<number>();
  /** The file of its store. */
  let file = '';
  before(async () => {
    const app = path.join(subject.appFolder, 'app.ts');
    const text = fs.readFileSync(app, 'utf8');
    expect(text).to.include(CREATED);
    fs.writeFileSync(path.join(subject.appFolder, 'probe.ts'), PROBE);
    fs.writeFileSync(
      app,
      `import { probe } from './probe';\n${text.replace(CREATED, `${CREATED}  app.use(probe);\n`)}`,
    );
    await parties.open();
    await on.begin();
  });
  after(async () => {
    await on.close();
    await parties.close();
    folders.remove();
  });

  const browse = on.browser.bind(on);
  const probe = async (headers: Record<string, string> = {}, browser = browse()): Promise<Probed> => {
    const { status, body } = await browser.get(`${on.app}/probe`, { headers });
    expect(status).to.equal(200);
    const probed: Probed = JSON.parse(body);
    pids.add(probed.pid);
    return probed;
  };
  const probes = async (count: number): Promise<Probed[]> => {
    const all: Probed[] = [];
    for (let i = 0; i < count; i++) all.push(await probe());
    return all;
  };
  const onSite = <T>(work: (site: Site) => Promise<T>) => on.withSite({ https: true }, work);
  const isLoggedIn = async (browser: ReturnType<typeof browse>) =>
    (await browser.get(`${on.app}/profile`, { follow: false })).status === 200;

  it('has an https address, whose certificate the browsers of the run trust', () =>
    onSite(async () => {
      expect(on.app).to.match(/^https:\/\/localhost:\d+$/);
      const browser = browse();
      await on.logIn(browser);
      expect([await isLoggedIn(browser), await isLoggedIn(browser)]).to.deep.equal([true, true]);
    }));

  it('takes turns, or asks the one that a check wants', () =>
    onSite(async (site) => {
      file = site.file ?? '';
      const [one, two, three] = await probes(3);
      expect(two?.pid).not.to.equal(one?.pid);
      expect(three?.pid).to.equal(one?.pid);
      for (const index of [0, 1] as const) {
        site.route(index);
        const port = String(site.processes[index]?.port);
        expect((await probes(2)).map((probed) => probed.port)).to.deep.equal([port, port]);
      }
    }));

  it('is recorded with the process of each message', () =>
    onSite(async (site) => {
      const last = (...between: Parameters<typeof on.recorder.between>) =>
        on.recorder.between(...between).at(-1)?.process;
      for (const index of [0, 1] as const) {
        site.route(index);
        await on.logIn(browse(), '/appointments');
        expect(
          [last('browser', 'app', '/callback'), last('app', 'tenant', '/oauth/token'), last('app', 'api')],
          `process ${index}`,
        ).to.deep.equal([index + 1, index + 1, index + 1]);
      }
    }));

  it('keeps its ports and its sessions when both start again', () =>
    onSite(async (site) => {
      const browser = browse();
      await on.logIn(browser);
      const before = await probes(2);
      await site.restart();
      const after = await probes(2);
      const ports = (all: Probed[]) => all.map(({ port }) => port).sort();
      expect(ports(after)).to.deep.equal(ports(before));
      for (const { pid } of before)
        expect([isThere(pid), after.some((one) => one.pid === pid)]).to.deep.equal([false, false]);
      expect([await isLoggedIn(browser), await isLoggedIn(browser)]).to.deep.equal([true, true]);
    }));

  it('goes on with one when a check kills the other, which is no finding, and starts it again', () =>
    onSite(async (site) => {
      const [killed] = site.processes;
      await site.kill(0);
      expect([isThere(killed?.child.pid), site.trouble, site.processes.length]).to.deep.equal([
        false,
        undefined,
        1,
      ]);
      const left = await probes(2);
      expect(new Set(left.map(({ pid }) => pid)).size).to.equal(1);
      await site.start(0);
      site.route(0);
      expect((await probe()).port).to.equal(String(killed?.port));
    }));

  it('runs one process with other settings for some work, on the same store', async () => {
    const keys = '5'.repeat(64);
    await onSite(async (site) => {
      const browser = browse();
      await on.logIn(browser);
      await site.another({ STORE_KEYS: keys }, async () => {
        expect((await probes(2)).map((one) => one.keys)).to.deep.equal([keys, keys]);
        expect(await isLoggedIn(browser)).to.equal(true);
      });
    });
    await onSite(async (site) => {
      expect((await probes(2)).map((one) => one.keys)).to.deep.equal([site.keys, site.keys]);
    });
  });

  it('gets from the proxy what the browser asked, whatever the browser claims, unless the proxy is careless', () =>
    onSite(async (site) => {
      const { host } = new URL(site.origin);
      const [proto, forwardedHost, client] = (await probe(FORGED)).forwarded;
      expect([proto, forwardedHost]).to.deep.equal(['https', host]);
      expect(client).to.match(/^(127\.0\.0\.1|::1)$/);
      const careless = await site.asCareless(() => probe(FORGED));
      expect(careless.forwarded).to.deep.equal(['ftp', 'evil.example', `6.6.6.6, ${client}`]);
      expect((await probe(FORGED)).forwarded).to.deep.equal(['https', host, client]);
    }));

  it('has a finding when a process ends by itself, for this check and the next ones', async () => {
    const found = async (work: (site: Site) => Promise<unknown>) => {
      const error = await onSite(work).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(Diagnosis);
      return (error as Diagnosis).finding;
    };
    const finding = await found(async (site) => {
      const { exited } = site.processes[1] as AppProcess;
      site.route(1);
      await browse().get(`${on.app}/broken`);
      await exited;
    });
    expect(finding.id).to.equal('app-crashed');
    expect(finding.seen).to.match(
      /^in the middle of the checks the app ended with exit code 1: .*broken on purpose/,
    );
    let ran = false;
    const next = await found(async () => {
      ran = true;
    });
    expect([next.seen, ran]).to.deep.equal([finding.seen, false]);
  });

  it('leaves no process and no file behind', async () => {
    expect([...pids].filter(isThere), 'the one that did not end by itself').to.have.lengthOf(1);
    expect(fs.existsSync(file)).to.equal(true);
    await on.close();
    expect([...pids].filter(isThere)).to.deep.equal([]);
    expect(fs.existsSync(path.dirname(path.dirname(file)))).to.equal(false);
  });

  it('ends at once when the run is interrupted', async () => {
    const other = new TestEnvironment(subject, parties);
    await other.begin();
    try {
      let processes: readonly AppProcess[] = [];
      await other.withSite({}, async (site) => {
        processes = site.processes;
      });
      expect(processes).to.have.lengthOf(2);
      other.interrupt();
      await Promise.all(processes.map(({ exited }) => exited));
      expect(processes.filter(({ child }) => isThere(child.pid))).to.deep.equal([]);
    } finally {
      await other.close();
    }
  });
});
