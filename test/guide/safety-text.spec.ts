import fs from 'node:fs';
import { expect } from 'chai';
import type { Guide } from '../../shared/guide/guide';
import { html } from '../../shared/guide/view';
import { Wire } from '../../shared/guide/wire/wire';
import { Recorder } from '../../shared/recorder';
import { type Signer, startSigner } from '../support/signer';
import { startTestTenant, type TestTenant, YAML } from '../support/tenant';
import { listen, startBareGuide } from './in-process';
import { playLogin } from './sample-messages';

/** Harmless as a text; were it HTML, one of these tags would stand in the page. */
const EVIL = `"'><x-evil onload=alert(1)></script><x-evil>&#39;{{1}}#{1}`;
const tags = (text: string) => text.match(/<x-evil/g) ?? [];

describe('foreign text remains text in the guide', () => {
  let test: TestTenant;
  let signer: Signer;
  let running: Awaited<ReturnType<typeof startBareGuide>>;
  const wire = new Wire();
  before(async () => {
    signer = await startSigner('https://api.example');
    test = await startTestTenant();
    running = await startBareGuide({
      wire,
      tenant: test.tenant,
      places: { issuer: test.tenant.issuer, api: 'http://localhost:4002' },
    });
  });
  after(async () => {
    await running?.close();
    await test?.close();
    await signer?.close();
  });
  const page = async (at: string) => {
    const response = await fetch(running.origin + at);
    expect(response.status, at).to.equal(200);
    return response.text();
  };

  it('in a message: address, headers, body, claims, and in what a script receives of it', async () => {
    const live = await listen(running.origin);
    const recorder = new Recorder({ onChange: (message) => wire.add(message) });
    await playLogin(recorder, signer, {
      name: EVIL,
      change: (parts) => {
        parts.authorize.set('state', EVIL);
        parts.authorize.set(EVIL, EVIL);
        parts.callback.set('error_description', EVIL);
        parts.apiHeaders['x-evil'] = EVIL;
        parts.apiQuery = `?${encodeURIComponent(EVIL)}=${encodeURIComponent(EVIL)}`;
        parts.answer.scope = EVIL;
        parts.answer[EVIL] = EVIL;
        parts.tokenStatus = 200;
      },
    });
    try {
      const { html: row } = (await live.next('message')) as { html: string };
      expect(row).to.include('class="row');
      expect(tags(row)).to.deep.equal([]);
    } finally {
      live.close();
    }
    let received = 0;
    for (const { n } of wire.entries)
      for (const query of ['', '?secrets=1', '?part=1&secrets=1']) {
        const text = await page(`/wire/${n}${query}`);
        expect(tags(text), `/wire/${n}${query}`).to.deep.equal([]);
        received += text.split('&lt;x-evil').length - 1;
      }
    expect(received, 'the text is shown, escaped').to.be.above(10);
    for (const at of ['/wire', '/wire?show=errors', '/tokens', '/tokens/seen', '/'])
      expect(tags(await page(at)), at).to.deep.equal([]);
  });

  it('in a token, in what was pasted instead of one, and in an address', async () => {
    const send = async (fields: Record<string, string>) =>
      (await fetch(`${running.origin}/tokens`, { method: 'POST', body: new URLSearchParams(fields) })).text();
    const token = await signer.sign({ [EVIL]: EVIL, iss: EVIL, aud: EVIL, scope: EVIL }, { [EVIL]: EVIL });
    for (const fields of [{ token }, { token: EVIL }, { seen: EVIL }] as Record<string, string>[])
      expect(tags(await send(fields)), JSON.stringify(fields)).to.deep.equal([]);
    expect(await send({ token }), 'the claims are shown').to.include('&lt;x-evil');
    const evil = encodeURIComponent(EVIL);
    for (const at of [
      `/${evil}`,
      `/wire/${evil}`,
      `/wire?check=${evil}&login=${evil}`,
      `/tenant?show=${evil}`,
    ])
      expect(tags(await (await fetch(`${running.origin}${at}`)).text()), at).to.deep.equal([]);
  });

  it('in tenant.yaml, in its mistakes, and in what the tenant decides', async () => {
    const file = `${test.folder}/tenant.yaml`;
    const described = YAML.replace('See your appointments', JSON.stringify(EVIL));
    fs.writeFileSync(file, described);
    await test.tenant.reload();
    test.tenant.events.emit({ type: 'server error', reason: EVIL });
    test.tenant.events.emit({
      type: 'authorization requested',
      client_id: EVIL,
      parameters: { [EVIL]: EVIL },
    });
    const good = await page('/tenant');
    expect(good).to.not.match(/The files that you saved have a mistake/);
    expect(tags(good)).to.deep.equal([]);
    // The description has it twice, each event at least once.
    expect(good.split('&lt;x-evil').length - 1).to.be.above(7);
    fs.writeFileSync(file, `${described}\n${JSON.stringify(EVIL)}: 1\n`);
    await test.tenant.reload();
    const bad = await page('/tenant');
    expect(bad)
      .to.match(/The files that you saved have a mistake/)
      .and.include('&lt;x-evil');
    expect(tags(bad)).to.deep.equal([]);
  });

  it('in what is found of the app, and in a diagnosis', () => {
    const finding = { seen: EVIL, expected: EVIL, cause: EVIL, place: EVIL, next: EVIL };
    const app = { state: 'ended', origin: 'http://localhost:3000', folder: EVIL, finding };
    for (const view of ['app-state', 'app-panel'])
      expect(tags(html(view, { app, appLog: [EVIL] })), view).to.deep.equal([]);
    for (const view of ['api-state', 'api-panel'])
      expect(tags(html(view, { api: app, apiLog: [EVIL] })), view).to.deep.equal([]);
  });

  it('and a failure of the guide itself reveals no more than that', async () => {
    const tenant = {
      ...test.tenant,
      overview: () => {
        throw new Error(`secret detail ${EVIL}`);
      },
    } as Guide['tenant'];
    const other = await startBareGuide({ tenant, places: running.guide.places });
    const { write } = process.stderr;
    let logged = '';
    process.stderr.write = ((text: string) => {
      logged += text;
      return true;
    }) as typeof write;
    try {
      const response = await fetch(`${other.origin}/tenant`);
      const text = await response.text();
      expect(response.status).to.equal(500);
      expect(text).to.not.match(/secret detail|\n\s+at |x-evil/);
      expect(text).to.include('Something went wrong');
      expect(response.headers.get('content-security-policy')).to.include("default-src 'none'");
      expect(logged, 'the terminal has it').to.include('secret detail');
    } finally {
      process.stderr.write = write;
      await other.close();
    }
  });
});
