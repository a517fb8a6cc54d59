import { expect } from 'chai';
import { OBSERVER_FAULT } from '../../shared/lib/observe';
import { NAMES } from '../fuzz/foreign';
import { RunningWorkshop } from './guide';

describe('npm start, whatever a page on the internet makes a browser send', function () {
  this.timeout(120_000);
  const workshop = new RunningWorkshop('foreign');
  before(() => workshop.open());
  after(() => workshop.close());

  it('goes on, and shows it', async () => {
    const settings = workshop.settings();
    const tenant = settings.ISSUER_BASE_URL ?? '';
    const api = settings.API_URL ?? '';
    const deep = `{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`;
    const json = { 'content-type': 'application/json' };
    const sent = [
      ...NAMES.map((name) => [`${tenant}authorize?${name}=1`, {}] as const),
      ...NAMES.map(
        (name) =>
          [
            `${tenant}oauth/token`,
            {
              method: 'POST',
              body: new URLSearchParams([
                [name, '1'],
                ['grant_type', name],
              ]),
            },
          ] as const,
      ),
      ...NAMES.map((name) => [`${workshop.app}/callback?code=1&state=${name}&${name}=1`, {}] as const),
      [`${tenant}oauth/token`, { method: 'POST', headers: json, body: deep }] as const,
      [`${workshop.app}/callback`, { method: 'POST', headers: json, body: deep }] as const,
      [`${api}/appointments`, { method: 'POST', headers: json, body: deep.slice(0, 9000) }] as const,
    ];
    for (const [url, how] of sent) {
      const answer = await fetch(url, { redirect: 'manual', ...how });
      expect(answer.status, url).to.be.below(500);
    }
    for (const at of ['/wire', '/tokens', '/tenant', '/wire/export.sh', '/wire/export.mmd'])
      expect((await workshop.get(at)).status, at).to.equal(200);
    const shown = [...(await workshop.get('/wire')).body.matchAll(/\/wire\/(\d+)/g)].map(([, n]) => n);
    expect(new Set(shown).size).to.be.at.least(sent.length);
    for (const n of new Set(shown))
      expect((await workshop.get(`/wire/${n}?secrets=1`)).status, `message ${n}`).to.equal(200);
    expect(workshop.stderr()).not.to.include(OBSERVER_FAULT);
  });
});
