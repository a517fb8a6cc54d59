import { expect } from 'chai';
import { Recorder } from '../../shared/recorder';
import { claimsOf } from './claims';

describe('what a finding claims', () => {
  const recorder = new Recorder();
  recorder.add({
    from: 'browser',
    to: 'app',
    method: 'GET',
    url: new URL('http://localhost:3000/callback?code=1'),
    status: 500,
  });
  recorder.add({
    from: 'browser',
    to: 'tenant',
    method: 'GET',
    url: new URL('http://localhost:4001/authorize?state=1'),
    status: 303,
  });
  recorder.add({
    from: 'app',
    to: 'tenant',
    method: 'POST',
    url: new URL('http://localhost:4001/oauth/token'),
    requestBody: 'grant_type=authorization_code',
    status: 200,
  });
  recorder.add({
    from: 'app',
    to: 'api',
    method: 'GET',
    url: new URL('http://localhost:4002/appointments'),
    status: 200,
  });

  recorder.add({
    from: 'browser',
    to: 'app',
    method: 'POST',
    url: new URL('http://localhost:3000/logout'),
    requestHeaders: { origin: 'null' },
    requestBody: 'a=b',
    status: 403,
  });
  recorder.add({
    from: 'app',
    to: 'api',
    method: 'POST',
    url: new URL('http://localhost:4002/appointments'),
    status: 201,
  });

  const CONTRADICTED: [seen: string, cause: string][] = [
    ['', 'the app has no route /callback yet'],
    ['GET /callback answered 404', ''],
    ['', 'the app does not send state: login CSRF'],
    ['audience=https://appointments.example/api', ''],
    ['the tenant’s log: token refused: invalid_grant', ''],
    ['the tenant’s log: authorization refused: invalid_request', ''],
    ['GET /appointments answered 200, and the API got no request', ''],
    ['the API answered 401 to GET /appointments', ''],
    ['and the app’s server never asked /oauth/token', ''],
    ['and the app asked the tenant nothing', ''],
    ['the form was sent, and /profile still shows the user', ''],
    ['the form led to 403; the app did not read the body of POST /logout', ''],
    ['the form led to 400, and the API got no POST', ''],
    ['the form of /logout, which sent Origin: null; with Origin: http://localhost:3000 it got 303', ''],
  ];
  for (const [seen, cause] of CONTRADICTED)
    it(`is contradicted by the recording: ${seen || cause}`, () => {
      const finding = { id: 'x', expected: '', next: '', seen, cause };
      expect(claimsOf(finding, recorder.messages).contradicted).to.have.length.of.at.least(1);
    });

  it('is borne out by the recording', () => {
    const finding = { id: 'x', expected: '', next: '', seen: 'GET /callback answered 500', cause: '' };
    expect(claimsOf(finding, recorder.messages)).to.deep.equal({
      made: ['an answer was given with its status'],
      contradicted: [],
    });
  });
});
