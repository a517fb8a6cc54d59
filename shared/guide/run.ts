import type http from 'node:http';
import path from 'node:path';
import { startApi } from '../api';
import { settingsOfApi } from '../app-runner/own-api';
import { findPort } from '../app-runner/start-app';
import { API_FOLDER } from '../app-runner/types';
import { AUDIENCE } from '../checks/audience';
import { writeFaults } from '../faults/file';
import { followFaults } from '../faults/follow';
import { commandContext } from '../lib/command-context';
import { closeOnSignal } from '../lib/foreground';
import { prefixed } from '../lib/prefix';
import { printable } from '../lib/printable';
import { readEnvFile } from '../lib/settings';
import { err, out } from '../lib/terminal';
import { listenToApp } from '../recorder/from-app';
import { liveRecording } from '../recorder/live';
import { ROOT, workFolder } from '../steps/layers';
import { startTenant, type Tenant, type TenantOptions } from '../tenant';
import { logLine } from '../tenant/log-line';
import { secret } from '../workshop/doctor/credentials';
import { addMissing } from '../workshop/env-file';
import { myApp } from '../workshop/my-app';
import { type Saves, watchSaves } from '../workshop/saves';
import { sessionSecret } from '../workshop/session-secret';
import { table } from '../workshop/table';
import { startGuide } from '.';
import type { AppPlace } from './app-place';
import { Hub } from './hub';
import { connectChecks } from './lesson/live';
import { warmUp } from './lesson/warm-up';
import { LiveChecks } from './live-checks';
import { OwnApi } from './own-api';
import { startProviders } from './providers';
import { RunningApp } from './running-app';
import { type Flags, type Ports, realTenant, reportOthers } from './settings';
import { tenantFile } from './tenant-file';
import { html } from './view';
import { Wire } from './wire/wire';

/** Runs tenant, API, app and guide until a signal, and prints one table of what to open.
 * @param place the app's place, and a prewarmed process. */
export async function run(
  flags: Flags,
  ports: Ports,
  { folder, own, at, prewarmed }: AppPlace,
): Promise<void> {
  const closing: (() => Promise<void>)[] = [async () => prewarmed?.close()];
  const close = async () => {
    for (const one of closing.splice(0).reverse()) await one();
  };
  closeOnSignal(close);
  const wire = new Wire();
  const recording = liveRecording('npm start', (message) => wire.add(message));
  closing.push(recording.close);
  // Faults of an earlier run would surprise.
  writeFaults({});
  let setApiClock = (_seconds: number) => {};
  const faults = followFaults((party, words) => {
    commandContext().stderr.write(
      prefixed(party, `faults: the ${party === 'api' ? 'API' : party} ${words}\n`),
    );
    // The learner's API is a process of its own, with a clock of its own.
    if (party === 'api') setApiClock(faults.of('api').clock);
  });
  closing.push(faults.close);
  const wrap = (party: 'tenant' | 'api') => (handler: http.RequestListener) =>
    recording.wrap(party)(faults.of(party).wrap(handler));
  try {
    // First: the tenant registers the app's callback, and a taken port ends here, with nothing started.
    const appPort = await findPort(ports.app, '--app-port N or APP_PORT');
    const real = realTenant(flags.env);
    const providers = real ? undefined : await startProviders(ports, () => tenant?.issuer ?? '', log);
    if (providers) closing.push(providers.close);
    for (const [origin, name] of providers?.names ?? []) wire.providers.set(origin, name);
    const tenant: Tenant | undefined =
      providers &&
      (await ownTenant(at, {
        port: ports.tenant,
        appPort,
        wrap: wrap('tenant'),
        env: { ...readEnvFile(flags.env), ...commandContext().env },
        providers: providers.known,
      }));
    if (tenant) closing.push(tenant.close);
    const settings = () => real ?? { AUDIENCE, ...tenant?.settings() };
    const issuer = settings().ISSUER_BASE_URL ?? '';
    const audience = settings().AUDIENCE ?? AUDIENCE;
    const ownApi = new OwnApi(at, {
      origin: () => api.origin,
      env: () => settingsOfApi(settings(), { isNamed: real === undefined }),
    });
    const api = await startApi({
      port: ports.api,
      issuer: new URL(issuer),
      audience,
      wrap: (workshops) => wrap('api')(ownApi.before(workshops)),
    });
    closing.push(api.close, ownApi.close.bind(ownApi));
    setApiClock = (seconds) => ownApi.setClock(seconds);
    const env = () => ({ SESSION_SECRET: sessionSecret(), ...settings(), API_URL: api.origin });

    const hub = new Hub();
    const app = new RunningApp(at, {
      prewarmed,
      port: appPort,
      setting: '--app-port N or APP_PORT',
      env,
      // Requests to our own tenant and API are recorded there.
      elsewhere: real ? { [new URL(issuer).origin]: 'tenant' } : {},
    });
    app.on('process', ({ child }) => listenToApp(child, recording));
    const checks = new LiveChecks();
    closing.push(checks.close.bind(checks), app.close.bind(app));
    show('app', app, hub);
    show('api', ownApi.program, hub, () => ownApi.serves);
    if (!real) reportOthers(flags.env, addMissing(flags.env, { ...env(), BASE_URL: app.state.origin }));

    const readTenantFile = async () => {
      if (tenant && own()) await tenant.readFrom(tenantFile(myApp(), appPort), myApp());
    };
    const follow = async () => {
      await readTenantFile();
      await watchOwn();
      // Pages are informed when it runs again; a button's request does not wait.
      void app.start(folder()).catch(fatal);
      // The page that is shown next must know whether there is one.
      void ownApi.follow(folder()).catch(fatal);
    };
    let saves: Saves | undefined;
    const watchOwn = async () => {
      if (saves || !own()) return;
      saves = watchSaves(
        myApp(),
        (files) => {
          // The app gets its settings from the tenant, which must have read its file first.
          void (files.includes('tenant.yaml') ? readTenantFile() : Promise.resolve())
            .then(() => Promise.all([ofApp(files) && app.start(), ofApi(files) && ownApi.follow()]))
            .catch(fatal);
          live.saved(files);
        },
        (error) => err(`Saves in my-app are not seen: ${error.message}\n`),
      );
      await saves.ready;
    };
    closing.push(async () => saves?.close());
    const parts = {
      hub,
      app,
      ownApi,
      checks,
      wire,
      tenant,
      faults,
      places: { issuer, api: api.origin, audience },
    };
    const live = connectChecks(parts, follow);
    closing.push(live.close);
    await Promise.all([watchOwn(), faults.ready]);
    // The guide does not wait for an app that hangs at its start.
    const [guide] = await Promise.all([
      startGuide({ ...parts, moved: live.look }, { port: ports.guide }),
      app.start(),
      ownApi.follow(),
    ]);
    closing.push(guide.close);
    out(
      table({
        guide: guide.origin,
        app: app.state.origin,
        step: own() ? 'yours, my-app' : path.basename(at),
        tenant: issuer,
        real: real !== undefined,
        api: api.origin,
        ownApi: ownApi.serves,
        providers,
      }),
    );
    // Nothing waits for the tenant's answer.
    if (real)
      void secret(new URL(issuer), { ...real, BASE_URL: app.state.origin }).then((found) => {
        for (const { seen, mend } of found) err(`${seen}. ${mend}\n`);
      });
    void warmUp().catch(() => {});
  } catch (error) {
    await close();
    throw error;
  }
}

const log = (party: 'social' | 'saml', line: string) =>
  commandContext().stderr.write(prefixed(party, `${printable(line)}\n`));

const ofApi = (files: readonly string[]) => files.some((file) => file.startsWith(`${API_FOLDER}/`));
const ofApp = (files: readonly string[]) => files.some((file) => !file.startsWith(`${API_FOLDER}/`));

/** Prints what the app, or the learner's API, writes, and why it has ended or does not listen yet; and sends that to the
 * open pages. @param isShown whether the pages show it. */
function show(id: 'app' | 'api', program: RunningApp, hub: Hub, isShown = () => true): void {
  program.on('output', (text) => {
    commandContext().stderr.write(prefixed(id, text));
    hub.publish('log', { of: id, text });
  });
  const sendState = () => {
    if (hub.pages === 0 || !isShown()) return;
    const locals = { [id]: program.state, [`${id}Log`]: program.recent };
    hub.publish(id, { html: html(`${id}-state`, locals), panel: html(`${id}-panel`, locals) });
  };
  hub.onPage(sendState);
  program.on('state', sendState);
  const print = (line: string) => commandContext().stderr.write(prefixed(id, `${line}\n`));
  let reported: string | undefined;
  program.on('state', ({ state, finding }) => {
    if (state === 'running' && reported !== undefined) print('It listens now.');
    if (finding && state === 'ended') print(finding.seen);
    // It is found again and again: each cause is printed once.
    const slow = state === 'starting' ? finding : undefined;
    if (slow && slow.cause !== reported)
      print(
        `It does not listen yet: ${slow.seen}. The wait goes on; a save, or the guide’s button, restarts it.`,
      );
    reported = slow?.cause;
  });
}

const fatal = (error: Error) => {
  err(`The workshop itself failed: ${error.stack}\n`);
  commandContext().exit(3);
};

async function ownTenant(
  folder: string,
  {
    port: wanted,
    appPort,
    ...how
  }: Required<Pick<TenantOptions, 'wrap' | 'env' | 'providers'>> & { port: number; appPort: number },
): Promise<Tenant> {
  const tenant = await startTenant({
    port: wanted,
    config: tenantFile(folder, appPort),
    base: folder,
    users: path.join(ROOT, 'shared/tenant/users.json'),
    data: path.join(workFolder(), 'tenant'),
    nextKey: true,
    ...how,
  });
  tenant.events.log((event) => commandContext().stderr.write(prefixed('tenant', `${logLine(event)}\n`)));
  return tenant;
}
