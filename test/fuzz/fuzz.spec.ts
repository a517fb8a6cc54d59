import { EventEmitter } from 'node:events';
import path from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { startApi } from '../../shared/api';
import { Browser } from '../../shared/browser';
import type { RunningGuide } from '../../shared/guide';
import { Wire } from '../../shared/guide/wire/wire';
import { observerFaults } from '../../shared/lib/observe';
import { type Message, maskBody, maskUrl, Recorder } from '../../shared/recorder';
import { listenToApp } from '../../shared/recorder/from-app';
import { maskMessages } from '../../shared/recorder/masks';
import { listSteps } from '../../shared/steps/layers';
import { listOf, mermaidOf } from '../../shared/workshop/flow/diagram';
import { wholeMessage } from '../../shared/workshop/flow/whole';
import { startBareGuide } from '../guide/in-process';
import { type AppInProcess, removeApps, startAppInProcess } from '../support/app-in-process';
import { ask } from '../support/ask';
import { AUDIENCE, CALLBACK } from '../support/client';
import { CONNECTIONS, startWorld, type World } from '../support/providers';
import { YAML } from '../support/tenant';
import { temporaryFolder } from '../support/workshop';
import { heavy, json, jsonObject, NAMES, text, token, value } from './foreign';
import { always, anyRequest, type Sent, statusOf } from './requests';
import { allTargets, type Targets } from './targets';

/**
 * Repeat a failure with the seed that it prints: FUZZ_SEED=… . FUZZ_SECONDS is how long each property is tried. By default each is tried
 * with a number of cases, so that a busy machine proves as much as a quiet one.
 */
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const SECONDS = process.env.FUZZ_SECONDS === undefined ? undefined : Number(process.env.FUZZ_SECONDS);
/** What is tried in any case comes before, and counts among them. */
const REQUESTS = 200;
const MESSAGES = 50;
const WORDS = 200;

/** @param cases that are tried where no time is given. */
const parameters = <T>(cases: number, examples: T[] = []): fc.Parameters<T> => ({
  seed: SEED,
  examples,
  ...(SECONDS === undefined
    ? { numRuns: cases }
    : {
        numRuns: SECONDS * 1000,
        // The time is for what is made up.
        interruptAfterTimeLimit: SECONDS * 1000 + (examples.length > 0 ? 4_000 : 0),
        markInterruptAsFailure: false,
      }),
});

describe(`whatever is sent (FUZZ_SEED=${SEED})`, function () {
  this.timeout(120_000 + (SECONDS ?? 0) * 10_000);
  const { folder, remove } = temporaryFolder();
  const wire = new Wire({ file: path.join(folder, 'wire.jsonl'), whole: 50, most: 200 });
  const recorder = new Recorder({ most: 200, onChange: (message) => wire.add(message) });
  let world: World;
  let api: Awaited<ReturnType<typeof startApi>>;
  let app: AppInProcess;
  let guide: RunningGuide;
  const browser = new Browser();
  let targets: Targets;
  const realError = console.error;

  before(async () => {
    // Express writes the app's errors there.
    console.error = () => {};
    world = await startWorld({ wrap: recorder.wrap('tenant') });
    const { tenant } = world;
    api = await startApi({ issuer: new URL(tenant.issuer), audience: AUDIENCE, wrap: recorder.wrap('api') });
    app = await startAppInProcess(
      listSteps().at(-1)?.number ?? 0,
      { ...tenant.settings(), AUDIENCE, API_URL: api.origin },
      { wrap: recorder.wrap('app') },
    );
    await world.configure(CONNECTIONS, YAML.replaceAll(CALLBACK, `${app.origin}/callback`));
    guide = await startBareGuide({
      wire,
      tenant,
      places: { issuer: tenant.issuer, api: api.origin, audience: AUDIENCE },
    });
    targets = await allTargets({ world, app, api, guide, browser });
  });
  after(async () => {
    console.error = realError;
    browser.close();
    await guide?.close();
    await app?.close();
    await api?.close();
    await world?.close();
    removeApps();
    remove();
  });

  /** Faults of observers before a test: it must add none. */
  let faults = 0;
  const noFault = () => {
    const { count, first } = observerFaults();
    if (count === faults) return;
    faults = count;
    throw first.at(-1)?.error ?? new Error('an observer had a fault');
  };
  beforeEach(() => {
    faults = observerFaults().count;
  });

  async function look(at: string): Promise<void> {
    const { status } = await ask(new URL(guide.origin).port, at);
    expect(status, at).to.equal(200);
  }
  /** The newest message; undefined when all that was recorded was looked at before. */
  let unseen: number | undefined;
  wire.on('change', () => {
    unseen = wire.entries.at(-1)?.n;
  });
  function takeUnseen(): number | undefined {
    const n = unseen;
    unseen = undefined;
    return n;
  }
  /** Every page that shows what was recorded. */
  async function lookAtAll(): Promise<void> {
    for (const at of [
      '/wire',
      '/wire?show=errors',
      '/wire?login=last',
      '/wire/export.mmd',
      '/wire/export.sh',
      '/tokens',
      '/tokens/seen',
      '/tenant',
      '/tenant?show=refusals',
      '/steps/02',
    ])
      await look(at);
  }
  async function answered(sent: Sent): Promise<void> {
    const status = await statusOf(sent);
    noFault();
    const last = takeUnseen();
    if (last !== undefined) for (const query of ['', '?secrets=1']) await look(`/wire/${last}${query}`);
    expect(status, `${sent.target.method} ${sent.target.path} is answered`).to.be.a('number');
    expect(status, `${sent.target.method} ${sent.target.path}`).to.be.below(500);
  }

  for (const party of ['app', 'tenant', 'management', 'api', 'providers', 'guide'] as const)
    it(`ends nobody and is answered below 500: ${party}`, async () => {
      const first = always(targets[party]).map((one): [Sent] => [one]);
      await fc.assert(fc.asyncProperty(anyRequest(targets[party]), answered), parameters(REQUESTS, first));
      await lookAtAll();
      noFault();
    });

  const headers = fc
    .array(
      fc.tuple(
        fc.oneof(
          fc.constantFrom('authorization', 'cookie', 'set-cookie', 'location', 'content-type', 'dpop'),
          fc.constantFrom(...NAMES),
        ),
        fc.oneof(
          text,
          token.map((one) => `Bearer ${one}`),
          fc.constantFrom('application/json', 'application/x-www-form-urlencoded', 'text/html'),
          fc.array(text, { maxLength: 3 }),
        ),
      ),
      { maxLength: 5 },
    )
    .map((all) => Object.fromEntries(all) as Record<string, string>);
  const bodies = fc.oneof(
    jsonObject,
    json,
    heavy,
    fc
      .record({ access_token: token, id_token: token, refresh_token: value })
      .map((one) => JSON.stringify(one)),
    fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes).toString('utf8')),
  );
  const message = fc
    .record({
      from: fc.constantFrom('browser', 'app', 'api'),
      to: fc.constantFrom('app', 'tenant', 'api'),
      method: fc.oneof(fc.constantFrom('GET', 'POST'), text),
      at: fc.constantFrom(
        '/authorize',
        '/oauth/token',
        '/callback',
        '/login',
        '/userinfo',
        '/v2/logout',
        '/oauth/revoke',
        '/constructor',
        '/__proto__',
      ),
      query: fc.array(fc.tuple(fc.constantFrom('code', 'state', 'error', 'id_token', ...NAMES), value), {
        maxLength: 4,
      }),
      requestHeaders: headers,
      responseHeaders: headers,
      requestBody: bodies,
      responseBody: bodies,
      status: fc.constantFrom(0, 200, 303, 400, 999),
    })
    .map(({ at, query, ...rest }) => {
      const url = new URL(at, world.tenant.issuer);
      for (const [name, one] of query) url.searchParams.append(name, one);
      return { ...rest, url } as unknown as Parameters<Recorder['add']>[0];
    });
  it('can be recorded, shown and exported, be it an answer of a foreign tenant', async () => {
    await fc.assert(
      fc.asyncProperty(message, async (one) => {
        const added: Message = recorder.add(one);
        const n = wire.entries.at(-1)?.n;
        for (const query of ['', '?secrets=1', '?part=panel']) await look(`/wire/${n}${query}`);
        const shown = maskMessages([added]).map((masked) => ({ ...masked, n: 1 }));
        for (const words of [
          mermaidOf(shown),
          listOf(shown),
          ...shown.map((masked) => wholeMessage(masked, { all: true })),
        ])
          expect(words).to.be.a('string');
        maskUrl(added.url);
        maskBody(added.requestBody);
        noFault();
      }),
      parameters(MESSAGES),
    );
    await lookAtAll();
    noFault();
  });

  it('may be a token in the workbench', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof({ weight: 9, arbitrary: token }, { weight: 1, arbitrary: heavy }),
        async (one) => {
          const { status } = await ask(new URL(guide.origin).port, '/tokens', {
            method: 'POST',
            body: String(new URLSearchParams({ token: one })),
            headers: {
              origin: guide.origin,
              'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
            },
          });
          expect(status).to.be.oneOf([200, 413, 422]);
          noFault();
        },
      ),
      parameters(WORDS),
    );
  });

  it('may come from the app’s process beside what the workshop expects of it', async () => {
    const child = new EventEmitter();
    listenToApp(child as never, recorder);
    const words = fc.oneof(
      fc.anything(),
      fc.record({ wire: fc.anything() }),
      fc.record({
        wire: fc.record(
          {
            id: fc.integer({ min: 0, max: 3 }),
            url: fc.oneof(text, fc.constant('http://localhost:3000/callback?constructor=1')),
            from: fc.constantFrom('browser', 'app', 'nobody'),
            to: fc.constantFrom('app', 'tenant', 'constructor'),
            method: fc.oneof(text, fc.anything()),
            requestHeaders: fc.oneof(headers, fc.anything()),
            requestBody: fc.oneof(bodies, fc.anything()),
            status: fc.oneof(fc.integer(), fc.anything()),
            responseHeaders: headers,
            responseBody: bodies,
            at: fc.oneof(fc.double(), fc.constant(Date.now())),
            ms: fc.double(),
          },
          { requiredKeys: ['id'] },
        ),
      }),
    );
    await fc.assert(
      fc.asyncProperty(words, async (one) => {
        child.emit('message', one);
        noFault();
        const n = takeUnseen();
        if (n !== undefined) await look(`/wire/${n}`);
      }),
      parameters(WORDS),
    );
    await lookAtAll();
  });
});
