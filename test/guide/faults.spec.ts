import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { text } from '../../shared/browser';
import { ROOT, workFolder } from '../../shared/lib/places';
import { RunningWorkshop } from './guide';

describe('the guide’s page on failure', function () {
  this.timeout(60_000);
  const workshop = new RunningWorkshop('faults');
  // Of its own: other workshops that run meanwhile must not have these faults.
  const work = path.join(workFolder(), `faults-page-${process.pid}`);
  before(async () => {
    fs.mkdirSync(work, { recursive: true });
    await workshop.open({ WORKSHOP_DIR: path.relative(ROOT, work) });
  });
  after(async () => {
    await workshop.close();
    fs.rmSync(work, { recursive: true, force: true });
  });
  let issuer = '';
  const keys = async () => {
    const response = await fetch(new URL('/.well-known/jwks.json', issuer));
    return response.status === 200
      ? ((await response.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)
      : response.status;
  };

  /** The next key is made while the workshop runs already. */
  const withNext = async () => {
    let all = await keys();
    while (!Array.isArray(all) || all.length < 2) all = await keys();
    return all;
  };

  it('lets a party fail, says so on every page, and ends it', async () => {
    const page = await workshop.get('/tenant');
    expect(page.body).to.include('href="/faults"');
    issuer = /issuer is (http:\S+?\/),/.exec(text(page))?.[1] ?? '';
    expect(await keys()).to.be.an('array');
    const after = await workshop.post('/faults/tenant', { kind: '503', value: '7', path: '', times: '' });
    expect(text(after)).to.include('The tenant answers 503.');
    expect(await keys()).to.equal(503);
    expect((await workshop.get('/tokens')).body).to.include('The tenant answers 503.');
    await workshop.post('/faults/none');
    expect(await keys()).to.be.an('array');
    expect((await workshop.get('/tokens')).body).not.to.include('The tenant answers 503.');
  });

  it('lets the tenant forge an answer, and says which', async () => {
    const form = { kind: 'forge', target: 'metadata', name: 'issuer', value: 'https://x.example/' };
    const after = await workshop.post('/faults/tenant', { ...form, at: '', times: '' });
    expect(text(after)).to.include('The tenant forges: the metadata with issuer "https://x.example/".');
    const metadata = await fetch(new URL('/.well-known/openid-configuration', issuer));
    expect(await metadata.json()).to.include({ issuer: 'https://x.example/' });
    const refused = await workshop.post('/faults/tenant', { ...form, name: '' });
    expect([refused.status, text(refused)]).to.have.property('0', 409);
    expect(text(refused)).to.include('is not a change. Write id_token.nonce=other');
    await workshop.post('/faults/none');
  });

  it('is found under its earlier address', async () => {
    expect((await workshop.get('/weather')).url.pathname).to.equal('/faults');
  });

  it('accepts the forms of a page that was opened before an update', async () => {
    const on = await workshop.post('/weather/api', { kind: '503', value: '7', path: '', times: '' });
    expect(on.url.pathname).to.equal('/faults');
    expect(text(on)).to.include('The API answers 503.');
    const off = await workshop.post('/weather/fine');
    expect(text(off)).to.include('The API has no faults.');
    const before = await withNext();
    const rotated = await workshop.post('/weather/keys/rotate');
    expect([rotated.status, rotated.url.pathname]).to.deep.equal([200, '/faults']);
    expect(await keys()).to.not.deep.equal(before);
    expect((await workshop.post('/weather/keys/revoke')).status).to.equal(200);
    expect(fs.existsSync(path.join(work, 'faults.json'))).to.equal(false);
  });

  it('says what was wrong when a form says what cannot be', async () => {
    const refused = await workshop.post('/faults/api', { kind: 'slow', value: 'long' });
    expect([refused.status, text(refused)]).to.have.property('0', 409);
    expect(text(refused)).to.include('A whole number of milliseconds is wanted, as in slow 300');
    expect((await workshop.post('/faults/moon', { kind: '503' })).status).to.equal(409);
    expect(fs.existsSync(path.join(work, 'faults.json'))).to.equal(false);
  });

  it('rotates the signing keys, and revokes the previous one', async () => {
    const before = await withNext();
    const rotated = await workshop.post('/faults/keys/rotate');
    expect(text(rotated)).to.include('is the previous key');
    const [signs, , previous] = (await keys()) as string[];
    expect([signs, previous]).to.deep.equal([before[1], before[0]]);
    expect(text(await workshop.post('/faults/keys/revoke'))).not.to.include('is the previous key');
    expect(await keys()).to.not.include(previous);
  });
});
