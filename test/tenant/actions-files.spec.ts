import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { writeWhole } from '../../shared/lib/write-whole';
import type { TenantEvent } from '../../shared/tenant/events';
import { Client, decode } from '../support/client';
import { action, actions, type ScriptedTenant, startScripted } from '../support/scripts';
import { YAML } from '../support/tenant';

const NS = 'https://my-app.example';
const says = (text: string) => action(`api.idToken.setCustomClaim('${NS}/says', '${text}');`);

describe('the files of Actions', () => {
  let test: ScriptedTenant;
  before(async () => {
    test = await startScripted(actions('first'), { 'first.js': says('old') }, { watch: true });
  });
  after(() => test?.close());

  type Event<T> = Extract<TenantEvent, { type: T }>;
  /** Fulfilled at the next event of a type that is the one. An earlier save may be reported once more, and late. */
  const next = <T extends TenantEvent['type']>(type: T, isIt: (event: Event<T>) => boolean = () => true) =>
    new Promise<Event<T>>((resolve) => {
      const end = test.tenant.events.subscribe((event) => {
        if (event.type !== type || !isIt(event as Event<T>)) return;
        end();
        resolve(event as Event<T>);
      });
    });

  async function claim(): Promise<unknown> {
    const client = new Client(test.tenant);
    const { payload } = decode((await client.logIn()).id_token);
    client.close();
    return payload[`${NS}/says`];
  }

  /** A save, as many editors do it, which the tenant must see by itself. */
  function save(file: string, text: string): void {
    fs.mkdirSync(path.dirname(path.join(test.folder, file)), { recursive: true });
    writeWhole(path.join(test.folder, file), text);
  }

  /** A save that the tenant must report. */
  function saved<T extends TenantEvent['type']>(
    file: string,
    text: string,
    type: T,
    isIt?: (event: Event<T>) => boolean,
  ): Promise<Event<T>> {
    const reported = next(type, isIt);
    save(file, text);
    return reported;
  }

  /** A save of an Action, until a login after a reading of the files has it say that. */
  async function savedWith(file: string, text: string): Promise<void> {
    let read = next('configuration loaded');
    save(file, says(text));
    do {
      await read;
      read = next('configuration loaded');
    } while ((await claim()) !== text);
  }
  const withProblem = (text: string) => (event: Event<'configuration refused'>) =>
    event.problems.some((problem) => problem.includes(text));

  it('count from the next login on when they are saved, and a syntax error is reported at once', async () => {
    expect(await claim()).to.equal('old');
    await savedWith('first.js', 'new');
    const broken = await saved(
      'first.js',
      'exports.onExecutePostLogin = async (event, api) => {\n  api.(;\n};',
      'action broken',
    );
    expect(broken).to.include({ script: 'Action first', line: 2 });
    await savedWith('first.js', 'mended');
  });

  it('may come after tenant.yaml has named them, in a folder that was not there', async () => {
    const yaml = YAML + actions('first', 'later').replace('./later.js', './new/folder/later.js');
    const { problems } = await saved('tenant.yaml', yaml, 'configuration refused', withProblem('later.js'));
    expect(problems).to.have.length(1);
    expect(problems[0]).to.include('actions[1].code: names no file: ./new/folder/later.js; make ');
    expect(await claim(), 'the last good configuration stays').to.equal('mended');
    await savedWith('new/folder/later.js', 'later');
    await savedWith('new/folder/later.js', 'even later');
  });

  it('that do not fit together with tenant.yaml are all reported with line and fix', async () => {
    const wrong = `
actions:
  - { name: one, code: ./first.js, deployed: false, supported_triggers: [{ id: post-login, version: v3 }] }
  - { name: two, code: ./missing.js, deployed: true, supported_triggers: [{ id: credentials-exchange, version: v2 }] }
  - { name: two, code: ., deployed: true, supported_triggers: [], secret: [] }
triggers:
  post-login: [{ action_name: one, display_name: x }, { action_name: two, display_name: x }, { action_name: three, display_name: x }]
  after-login: []
rules: [{ name: r, script: ./no-rule.js, enabled: "yes" }]
hooks: [{ name: hook, script: ./first.js, triggerId: post-login }]
`;
    const first = await saved(
      'tenant.yaml',
      YAML + wrong,
      'configuration refused',
      withProblem('actions[2].secret'),
    );
    const shape = first.problems.map((problem) => problem.slice(test.folder.length + 1));
    const line = (text: string) => (YAML + wrong).split('\n').findIndex((one) => one.includes(text)) + 1;
    expect(shape).to.include(
      `tenant.yaml:${line('code: .,')} actions[2].secret: is not known here; did you mean secrets?`,
    );
    expect(shape).to.include(
      `tenant.yaml:${line('triggerId: post-login')} hooks[0].triggerId: must be one of credentials-exchange, pre-user-registration, post-user-registration, post-change-password, send-phone-message`,
    );
    const rest = wrong
      .replace(', secret: []', '')
      .replace('"yes"', 'true')
      .replace(/hooks:.*/, '')
      .replace('name: r,', 'name: rule,');
    const second = await saved(
      'tenant.yaml',
      YAML + rest,
      'configuration refused',
      withProblem('is listed twice'),
    );
    const at = (text: string) => (YAML + rest).split('\n').findIndex((one) => one.includes(text)) + 1;
    const bound = at('post-login: [');
    expect(second.problems.map((problem) => problem.slice(test.folder.length + 1))).to.deep.equal([
      `tenant.yaml:${at('./missing.js')} actions[1].code: names no file: ./missing.js; make ${test.folder}/missing.js, or correct the path`,
      `tenant.yaml:${at('code: .,')} actions[2].name: is listed twice: two`,
      `tenant.yaml:${at('code: .,')} actions[2].code: is a folder: .; name the file in it`,
      `tenant.yaml:${bound} triggers.post-login[0].action_name: names an Action that is not deployed: one; give it deployed: true`,
      `tenant.yaml:${bound} triggers.post-login[1].action_name: names an Action that is not made for post-login but for credentials-exchange: two; correct its supported_triggers`,
      `tenant.yaml:${bound} triggers.post-login[2].action_name: names no Action of this file: three; write one of one, two, two, or describe it under actions`,
      `tenant.yaml:${at('after-login')} triggers.after-login: is no trigger of Auth0's; write one of post-login, credentials-exchange, pre-user-registration, post-user-registration, post-change-password, send-phone-message, password-reset-post-challenge, password-hash-migration, custom-token-exchange, custom-email-provider, custom-phone-provider, event-stream, login-post-identifier, signup-post-identifier`,
      `tenant.yaml:${at('no-rule.js')} rules[0].script: names no file: ./no-rule.js; make ${test.folder}/no-rule.js, or correct the path`,
    ]);
  });

  it('get their secrets from the environment, and an Action that nothing runs is hinted at', async () => {
    const other = await startScripted(
      `
actions:
  - name: first
    code: ./first.js
    deployed: true
    secrets: [{ name: KEY, value: ##THE_KEY## }]
    supported_triggers: [{ id: post-login, version: v3 }]
  - { name: idle, code: ./first.js, deployed: true, supported_triggers: [{ id: post-login, version: v3 }] }
  - { name: at-sign-up, code: ./first.js, deployed: true, supported_triggers: [{ id: pre-user-registration, version: v2 }] }
triggers:
  post-login: [{ action_name: first, display_name: x }]
  pre-user-registration: [{ action_name: at-sign-up, display_name: x }]
`,
      {
        'first.js': action(
          `api.idToken.setCustomClaim('${NS}/key', [event.secrets.KEY, '##THE_KEY##', process.env.HOME]);`,
        ),
      },
      { env: { THE_KEY: 'from outside' } },
    );
    const client = new Client(other.tenant);
    expect(decode((await client.logIn()).id_token).payload[`${NS}/key`]).to.deep.equal([
      'from outside',
      'from outside',
      null,
    ]);
    const hints = other.tenant.events
      .recent()
      .flatMap((e) => (e.type === 'action hint' ? [`${e.script} ${e.reason}`] : []));
    expect(hints).to.deep.equal([
      'Action idle is bound to no trigger (triggers in tenant.yaml) and never runs',
      'Action at-sign-up its trigger pre-user-registration is not run by the local tenant',
    ]);
    client.close();
    await other.close();
  });
});
