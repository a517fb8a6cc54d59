import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { appFolder, removeApps } from '../support/app-in-process';

interface Application {
  name: string;
  refresh_token?: Record<string, unknown>;
}

/** The files themselves: what they say must hold on another tenant too, which has other defaults. */
describe('the finished tenant.yaml', () => {
  after(removeApps);
  const read = (step: number) => parse(fs.readFileSync(path.join(appFolder(step), 'tenant.yaml'), 'utf8'));
  const application = (step: number): Application =>
    read(step).clients.find(({ name }: Application) => name === 'Day Planner');

  for (const step of [1, 5]) {
    it(`of step 0${step} leaves to no default which kind of application it is and what it may do`, () => {
      expect(application(step)).to.deep.include({
        app_type: 'regular_web',
        token_endpoint_auth_method: 'client_secret_post',
        grant_types: ['authorization_code', 'refresh_token'],
      });
    });

    it(`of step 0${step} ends refresh tokens after 30 days, and after 15 without use`, () => {
      expect(application(step).refresh_token).to.deep.include({
        token_lifetime: 30 * 24 * 3600,
        idle_token_lifetime: 15 * 24 * 3600,
      });
    });
  }

  it('of step 05 says with which Node.js its Action runs', () => {
    expect(read(5).actions.map(({ runtime }: { runtime?: string }) => runtime)).to.deep.equal(['node22']);
  });
});
