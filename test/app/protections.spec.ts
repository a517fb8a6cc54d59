import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { workFolder } from '../../shared/lib/places';
import { materialise } from '../../shared/steps/layers';
import { applyEdit, type Edit } from '../../shared/steps/mistakes';
import { type AppInProcess, appFolder, startAppInProcess } from '../support/app-in-process';
import { ATTACKS, type Attack, attackedWorld, type User, type World } from './attacks';
import { STORE_ATTACKS, twoProcesses } from './store-attacks';

/** What stores tokens without a limit, and without a look at the version. */
const PLAIN_STORE = `((kept: Map<string, Tokens>): any => ({
    get: async (id: string) => kept.get(id),
    put: async (id: string, tokens: Tokens) => void kept.set(id, tokens),
    replace: async (id: string, _version: number, tokens: Tokens) => kept.set(id, tokens) !== undefined,
    delete: async (id: string) => void kept.delete(id),
    exclusively: (_id: string, work: () => Promise<Tokens>) => work(),
  }))(new Map())`;

/** The one line that plugs each file of hardening/ into the app, and what stands there without the file. */
const PLUGS: Record<string, Edit> = {
  'headers.ts': { file: 'app.ts', replace: '  app.use(headers(config));\n', with: '' },
  'no-path.ts': { file: 'app.ts', replace: '  app.use(refuseNoPath);\n', with: '' },
  'cross-site.ts': { file: 'auth.ts', replace: '    .use(refuseCrossSite(config))\n', with: '' },
  'no-store.ts': { file: 'auth.ts', replace: '    .use(noStore)\n', with: '' },
  'doubled-callback.ts': {
    file: 'auth.ts',
    replace: 'await once(req, () => finish(req, state))',
    with: 'await finish(req, state)',
  },
  'last-known.ts': { file: 'auth.ts', replace: 'lastKnown(() => client', with: '(() => client' },
  'return-to.ts': {
    file: 'auth.ts',
    replace: 'returnPath(req.query.returnTo, config.baseUrl)',
    with: "String(req.query.returnTo ?? '/profile')",
  },
  'final-logout.ts': {
    file: 'session.ts',
    replace: 'new FinalLogout(store ?? new session.MemoryStore())',
    with: 'store ?? new session.MemoryStore()',
  },
  'login-flood.ts': { file: 'session.ts', replace: 'new Map(newest(', with: 'new Map((' },
  'tenant-failures.ts': { file: 'routes.ts', replace: '    tenantFailures,\n', with: '' },
  'login-loop.ts': {
    file: 'appointments.ts',
    replace: 'stopLoginLoop(req, res, () => tokens.withAccessToken(req.sessionID, work))',
    with: 'tokens.withAccessToken(req.sessionID, work)',
  },
  'token-store.ts': { file: 'tokens.ts', replace: 'new MemoryTokenStore()', with: PLAIN_STORE },
};

/** The lines of step 07: each of its two files has a handler of requests as well. */
const PLUGS_OF_STORES: Record<string, Edit[]> = {
  'ended-sessions.ts': [
    {
      file: 'routes.ts',
      replace: 'new EndedSessions(new NamedFailures(given ?? shared.sessions), shared.locks)',
      with: 'new NamedFailures(given ?? shared.sessions)',
    },
    { file: 'routes.ts', replace: '    rememberSession,\n', with: '' },
  ],
  'store-failures.ts': [
    {
      file: 'routes.ts',
      replace: 'new NamedFailures(given ?? shared.sessions)',
      with: 'given ?? shared.sessions',
    },
    { file: 'routes.ts', replace: '    storeFailures,\n', with: '' },
  ],
};

/** Writes the app without one protection: its file, what imports it, and the lines that plug it in. */
function makeWithout(step: number, protection: string, edits: readonly Edit[], target: string): void {
  materialise(step, target);
  const name = protection.replace(/\.ts$/, '');
  fs.rmSync(path.join(target, 'hardening', protection));
  const file = path.join(target, edits[0]?.file ?? '');
  const source = fs.readFileSync(file, 'utf8');
  const line = new RegExp(`^import .*'\\./hardening/${name}';\\n`, 'm');
  expect(source).to.match(line);
  fs.writeFileSync(file, source.replace(line, ''));
  for (const edit of edits) applyEdit(target, edit, protection);
}

async function servesHonestUser(user: User, world: World): Promise<void> {
  expect((await user.get('/')).status).to.equal(200);
  expect((await user.get('/appointments')).headers.location).to.equal('/login?returnTo=%2Fappointments');
  world.tenant.expiresIn = 0;
  expect((await user.logIn('?returnTo=/appointments')).headers.location).to.equal('/appointments');
  world.tenant.expiresIn = 3600;
  const page = await user.get('/appointments');
  expect([page.status, page.body.includes('Dentist')]).to.deep.equal([200, true]);
  const refreshes = world.tenant.tokenRequests.filter((form) => form.get('grant_type') === 'refresh_token');
  expect(refreshes).to.have.lengthOf(1);
  const added = await user.post('/appointments', { title: 'Chess', startsAt: '2027-05-01T10:00' });
  expect(added.headers.location).to.equal('/appointments');
  for (const path of ['/profile', '/tokens']) expect((await user.get(path)).status).to.equal(200);
  expect((await user.post('/logout')).headers.location).to.equal('/');
  expect(await user.isLoggedIn()).to.equal(false);
  await user.logIn();
  expect(await user.isLoggedIn()).to.equal(true);
}

/** A suite for the app after a step. @param plugs those of the files that are taken out. */
function protectionsOf(
  step: number,
  attacks: Record<string, Attack>,
  plugs: Record<string, readonly Edit[]>,
  start: (env: Record<string, string>, folder?: string) => Promise<AppInProcess>,
): void {
  describe(`the protections of the app after step 0${step}`, function () {
    this.timeout(60_000);
    const { env, withUser, harmed } = attackedWorld();
    const folder = path.join(workFolder(), `protections-${process.pid}`);
    after(() => fs.rmSync(folder, { recursive: true, force: true }));

    it('are those of which this test knows the attack and the line', () => {
      const files = fs.readdirSync(path.join(appFolder(step), 'hardening')).sort();
      expect(Object.keys(attacks).sort()).to.deep.equal(files);
      expect(Object.keys({ ...PLUGS, ...plugs }).sort()).to.deep.equal(files);
    });

    it('begin with the attack or the failure, and how they stop it', () => {
      const hardening = path.join(appFolder(step), 'hardening');
      for (const file of fs.readdirSync(hardening))
        expect(fs.readFileSync(path.join(hardening, file), 'utf8'), file).to.match(
          /\/\*\*\n \* (Attack|Failure): [\s\S]*?\n \* Protection: [\s\S]*?\*\/\nexport /,
        );
    });

    it('stop every attack together', async () => {
      const app = await start(env());
      try {
        await withUser(app, servesHonestUser);
        expect(await harmed(app, attacks)).to.deep.equal([]);
      } finally {
        await app.close();
      }
    });

    for (const [file, edits] of Object.entries(plugs))
      it(`without ${file} the app works for an honest user, and just its attack succeeds`, async () => {
        const target = path.join(folder, file.replace(/\.ts$/, ''));
        makeWithout(step, file, edits, target);
        const app = await start(env(), target);
        try {
          await withUser(app, servesHonestUser);
          expect(await harmed(app, attacks)).to.deep.equal([file]);
        } finally {
          await app.close();
        }
      });
  });
}

const each = Object.fromEntries(Object.entries(PLUGS).map(([file, edit]) => [file, [edit]]));
protectionsOf(4, ATTACKS, each, (env, folder) => startAppInProcess(4, env, folder ? { folder } : {}));
protectionsOf(7, { ...ATTACKS, ...STORE_ATTACKS }, PLUGS_OF_STORES, (env, folder) =>
  twoProcesses(7, env, folder ? { folder } : {}),
);
