import type http from 'node:http';
import path from 'node:path';
import { startApi } from '../api';
import { settingsOfApi } from '../app-runner/own-api';
import { findPort } from '../app-runner/start-app';
import { hasStores } from '../app-runner/stores';
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
import { localHttps } from '../tenant/https/authority';
import { logLine } from '../tenant/log-line';
import { secret } from '../workshop/doctor/credentials';
import { addMissing } from '../workshop/env-file';
import { myApp } from '../workshop/my-app';
import { type Saves, watchSaves } from '../workshop/saves';
import { sessionSecret } from '../workshop/session-secret';
import { storeSettings } from '../workshop/store-settings';
import { table } from '../workshop/table';
import { startGuide } from '.';
import type { AppPlace } from './app-place';
import { AppProcesses } from './app-processes';
import { Hub } from './hub';
import { connectChecks } from './lesson/live';
import { warmUp } from './lesson/warm-up';
import { LiveChecks } from './live-checks';
import { OwnApi } from './own-api';
import { startProviders } from './providers';
import { type Flags, type Ports, realTenant, reportOthers } from './settings';
import { show } from './show';
import { tenantFile } from './tenant-file';
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
    const tls = flags.https ? await localHttps(path.join(workFolder(), 'tenant')) : undefined;
    // First: the tenant registers the app's callback, and a taken port ends here, with nothing started.
    const appPort = await findPort(ports.app, '--app-port N or APP_PORT');
    const appOrigin = `${tls ? 'https' : 'http'}://localhost:${appPort}`;
    const real = realTenant(flags.env);
    const providers = real ? undefined : await startProviders(ports, () => tenant?.issuer ?? '', log);
    if (providers) closing.push(providers.close);
    for (const [origin, name] of providers?.names ?? []) wire.providers.set(origin, name);
    const tenant: Tenant | undefined =
      providers &&
      (await ownTenant(at, {
        port: ports.tenant,
        appOrigin,
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
    const env = (ofApp: string): Record<string, string> => ({
      SESSION_SECRET: sessionSecret(),
      ...(hasStores(ofApp) ? storeSettings(flags.env) : {}),
      ...settings(),
      API_URL: api.origin,
    });

    const hub = new Hub();
    let guideOrigin: string | undefined;
    const app = new AppProcesses(at, {
      prewarmed,
      port: appPort,
      tls,
      setting: '--app-port N or APP_PORT',
      env,
      // Requests to our own tenant and API are recorded there.
      elsewhere: real ? { [new URL(issuer).origin]: 'tenant' } : {},
      namedTo: () => [api.origin, ...(real ? [] : [new URL(issuer).origin])],
      guide: () => guideOrigin,
    });
    app.on('process', ({ child }, process) =>
      listenToApp(child, recording, { process, https: tls !== undefined }),
    );
    const checks = new LiveChecks();
    closing.push(checks.close.bind(checks), app.close.bind(app));
    show('app', app, hub);
    show('api', ownApi.program, hub, () => ownApi.serves);
    const writeSettings = () => {
      // STORE_URL depends on REDIS_URL, and an app that is started by hand has a default.
      const { STORE_URL: _, ...written }: Record<string, string> = {
        ...env(app.state.folder),
        BASE_URL: app.origin,
      };
      if (real) return;
      const others = addMissing(flags.env, written);
      // The command line itself asks for another BASE_URL than the file's.
      reportOthers(flags.env, tls ? others.filter((name) => name !== 'BASE_URL') : others);
    };
    writeSettings();

    const readTenantFile = async () => {
      if (tenant && own()) await tenant.readFrom(tenantFile(myApp(), appOrigin), myApp());
    };
    const follow = async () => {
      await readTenantFile();
      await watchOwn();
      writeSettings();
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
    guideOrigin = guide.origin;
    closing.push(guide.close);
    out(
      table({
        guide: guide.origin,
        app: app.origin,
        authority: tls?.authorityFile,
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
      void secret(new URL(issuer), { ...real, BASE_URL: app.origin }).then((found) => {
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

const fatal = (error: Error) => {
  err(`The workshop itself failed: ${error.stack}\n`);
  commandContext().exit(3);
};

async function ownTenant(
  folder: string,
  {
    port: wanted,
    appOrigin,
    ...how
  }: Required<Pick<TenantOptions, 'wrap' | 'env' | 'providers'>> & { port: number; appOrigin: string },
): Promise<Tenant> {
  const tenant = await startTenant({
    port: wanted,
    config: tenantFile(folder, appOrigin),
    base: folder,
    users: path.join(ROOT, 'shared/tenant/users.json'),
    data: path.join(workFolder(), 'tenant'),
    nextKey: true,
    ...how,
  });
  tenant.events.log((event) => commandContext().stderr.write(prefixed('tenant', `${logLine(event)}\n`)));
  return tenant;
}
