import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { Client, decode } from '../support/client';
import { action, actions, type ScriptedTenant, startScripted } from '../support/scripts';
import { BOB } from '../support/workshop';

/** Milliseconds: long enough for what is right on a busy machine, and short for a test that waits for it. */
const LIMIT = 3000;
const RIGHT = action("api.idToken.setCustomClaim('https://my-app.example/fine', true);");

/** A login that must be denied, and what the log says of the script. */
async function deniedBy(test: ScriptedTenant, code: string) {
  await test.save('first.js', code);
  const client = new Client(test.tenant);
  const url = await client.callback();
  client.close();
  const failed = test.last('action failed');
  expect(url.searchParams.get('error'), url.href).to.equal('access_denied');
  expect(url.searchParams.get('code')).to.equal(null);
  expect(failed?.script).to.equal('Action first');
  expect(failed?.file).to.equal(`${test.folder}/first.js`);
  expect(url.searchParams.get('error_description')).to.include('Action first failed: ');
  return { line: failed?.line, reason: failed?.reason, shown: url.searchParams.get('error_description') };
}

/** The tenant goes on: with right code the next login works. */
async function goesOn(test: ScriptedTenant) {
  await test.save('first.js', RIGHT);
  const client = new Client(test.tenant);
  const { id_token } = await client.logIn();
  client.close();
  expect(decode(id_token).payload).to.include({ 'https://my-app.example/fine': true });
}

describe('an Action with a fault', () => {
  let test: ScriptedTenant;
  before(async () => {
    // Long enough to fill the memory on a busy machine.
    test = await startScripted(actions('first'), { 'first.js': RIGHT }, { scriptTimeLimit: 55_000 });
  });
  after(() => test?.close());

  const denied = (code: string) => deniedBy(test, code);
  afterEach(() => goesOn(test));

  it('that throws denies with JavaScript’s message and the line', async () => {
    const { line, reason, shown } = await denied(action('\nevent.user.nothing.at.all;'));
    expect(line).to.equal(3);
    expect(reason).to.equal("TypeError: Cannot read properties of undefined (reading 'at')");
    expect(shown).to.equal(`Action first failed: ${reason} (first.js, line 3)`);
  });

  it('that throws while it is loaded, or exports nothing, denies as well', async () => {
    expect(await denied('\nmissing();')).to.include({
      line: 2,
      reason: 'ReferenceError: missing is not defined',
    });
    expect((await denied('exports.onExecutePostlogin = () => {};')).reason).to.equal(
      'exports no function onExecutePostLogin',
    );
  });

  it('that calls process.exit ends nothing but its own login', async () => {
    expect(await denied(action('process.exit(1);'))).to.include({
      line: 2,
      reason: 'called process.exit(1)',
    });
    expect((await denied(action('process.kill(process.pid);'))).reason).to.equal(
      'process.kill is not possible here',
    );
  });

  it('that rejects where nobody waits, or throws in a timer, denies with the line', async () => {
    const wait = 'await new Promise((resolve) => setTimeout(resolve, 60000));';
    expect(await denied(action(`Promise.reject(new Error('nobody waits'));\n${wait}`))).to.include({
      line: 2,
      reason: 'nobody waits',
    });
    expect(
      await denied(action(`setTimeout(() => {\n  throw new Error('in a timer');\n});\n${wait}`)),
    ).to.include({
      line: 3,
      reason: 'in a timer',
    });
  });

  // V8 aborts the whole process where one array needs much more than the limit of its thread.
  for (const [how, body] of Object.entries({
    'with arrays': 'const all = [];\nfor (;;) all.push(new Array(1e6).fill(0.5));',
    'with one long array': 'const all = [];\nfor (;;) all.push(1);',
    'with one long array of fractions': 'const all = [];\nfor (let i = 0.5; ; i++) all.push(i);',
    'with Sets':
      'const all = [];\nfor (;;) {\nconst one = new Set();\nfor (let i = 0; i < 16e6; i++) one.add(i);\nall.push(one);\n}',
    'with arrays of millions': 'const all = [];\nfor (;;) all.push(new Array(3e7).fill(0));',
    'with long texts':
      "const all = [];\nfor (let i = 0; ; i++) all.push(('x'.repeat(1e8) + i).toUpperCase());",
  }))
    it(`that fills the memory ${how} is ended before it harms the tenant`, async () => {
      const { reason } = await denied(action(body));
      expect(reason).to.equal('was at work while the process grew by 512 MB');
    });

  it('is watched also where the system does not report how much memory the process has', async () => {
    const { rss } = process.memoryUsage;
    let asked = 0;
    process.memoryUsage.rss = () => {
      asked += 1;
      throw Object.assign(new Error('EMFILE: too many open files, uv_resident_set_memory'), {
        code: 'EMFILE',
      });
    };
    try {
      await goesOn(test);
    } finally {
      process.memoryUsage.rss = rss;
    }
    expect(asked).to.be.above(0);
  });

  it('that fills the memory is ended by its own growth, whatever others free at the same time', async () => {
    const { rss } = process.memoryUsage;
    const begun = path.join(test.folder, 'begun');
    let measured = 0;
    process.memoryUsage.rss = () => {
      measured += 1;
      // Others free half of it; the growth that counts comes while the script is at work.
      return (measured === 1 ? 2000 : measured > 2 && fs.existsSync(begun) ? 1513 : 1000) * 2 ** 20;
    };
    try {
      const code = `require('node:fs').writeFileSync(${JSON.stringify(begun)}, ''); await new Promise(() => {});`;
      const { reason } = await denied(action(code));
      expect(reason).to.equal('was at work while the process grew by 512 MB');
    } finally {
      process.memoryUsage.rss = rss;
    }
  });

  it('that holds much memory while it waits is ended', async () => {
    const { reason } = await denied(
      action('globalThis.all = new Array(3e7).fill(0);\nawait new Promise(() => {});'),
    );
    expect(reason).to.equal('used more than 128 MB of memory');
  });

  it('that leaves sockets open in each run is ended when there are too many', async () => {
    const before = handles();
    await test.save(
      'first.js',
      action(`const { createSocket } = require('node:dgram');
(globalThis.all ??= []).push(...Array.from({ length: 90 }, () => createSocket('udp4').bind(0).on('error', () => {})));
await new Promise((done) => setTimeout(done, 600));`),
    );
    const shown: (string | null)[] = [];
    for (let i = 0; i < 3; i++) {
      const client = new Client(test.tenant);
      shown.push((await client.callback()).searchParams.get('error_description'));
      client.close();
    }
    expect(shown[0]).to.equal(null);
    expect(shown[2]).to.match(/has \d+ sockets, processes and the like open, and may have 200/);
    await goesOn(test);
    expect(handles()).to.be.below(before + 60);
  });

  /** Files and sockets of this process, where the system lists them. */
  const handles = () => {
    try {
      return fs.readdirSync('/dev/fd').length;
    } catch {
      return 0;
    }
  };
  for (const [how, open] of Object.entries({
    'by openSync': "all.push(fs.openSync(__file, 'r'));",
    'and hides the error': "try { all.push(fs.openSync(__file, 'r')); } catch {}",
    'by open': "await new Promise((done) => fs.open(__file, 'r', (_, fd) => done(all.push(fd))));",
    'by promises': "all.push(await require('node:fs/promises').open(__file));",
    'as streams in one go':
      "all.push(fs.createReadStream(__file).on('error', () => {})); if (i === 1999) await new Promise(() => {});",
    'as streams': 'await new Promise((done) => all.push(fs.createReadStream(__file).once("open", done)));',
    'as directories': "all.push(fs.opendirSync('.'));",
  }))
    it(`that opens two thousand files ${how} is ended, and they are closed`, async () => {
      const before = handles();
      const file = JSON.stringify(__filename);
      const { reason } = await denied(
        action(
          `const fs = require('fs');\nconst all = (globalThis.all = []);\nfor (let i = 0; i < 2000; i++) { ${open.replaceAll('__file', file)} }`,
        ),
      );
      expect(reason).to.equal('has more than 100 files open: close each one that you open');
      await goesOn(test);
      expect(handles(), 'what is open now').to.be.below(before + 60);
    });

  it('that opens hundreds of files and closes them, or makes and drops Buffers, is right', async () => {
    await test.save(
      'first.js',
      action(
        `const fs = require('fs');
for (let i = 0; i < 300; i++) {
  fs.closeSync(fs.openSync(__filename_, 'r'));
  await (await fs.promises.open(__filename_)).close();
  await new Promise((done) => fs.createReadStream(__filename_).on('close', done).resume());
  for await (const _ of await fs.promises.opendir('docs')) break;
  fs.readFileSync(__filename_);
  Buffer.alloc(2e6);
}`.replaceAll('__filename_', JSON.stringify(__filename)),
      ),
    );
    const client = new Client(test.tenant);
    const { id_token } = await client.logIn().finally(() => client.close());
    expect(id_token).to.be.a('string');
  });

  for (const [how, body] of Object.entries({
    'in one go': 'for (;;) all.push(Buffer.alloc(1e7, 1));',
    'while it waits': 'for (;;) { all.push(Buffer.alloc(1e5, 1)); await new Promise(setImmediate); }',
    'and hides the error': 'for (let i = 0; i < 300; i++) try { all.push(Buffer.alloc(1e7, 1)); } catch {}',
  }))
    it(`that fills the memory with Buffers ${how} is ended before it harms the tenant`, async () => {
      const { reason, line } = await denied(action(`const all = [];\n${body}`));
      expect(reason).to.equal('used more than 128 MB of memory for Buffers');
      // Where it waits it may be found out between two lines.
      expect(line).to.be.oneOf(how === 'while it waits' ? [3, undefined] : [3]);
    });

  it('that fills the memory with arrays outside of the heap is ended as well', async () => {
    const { reason } = await denied(
      action('const all = [];\nfor (;;) all.push(new Uint8Array(1e7).fill(1));'),
    );
    expect(reason).to.equal('was at work while the process grew by 512 MB');
  });

  it('that opens thousands of sockets is ended, and they are closed', async () => {
    const before = handles();
    const { reason } = await denied(
      action(`const { createSocket } = require('node:dgram');
globalThis.all = Array.from({ length: 1500 }, () => createSocket('udp4').on('error', () => {}));
await new Promise(() => {});`),
    );
    expect(reason).to.match(/^has \d+ sockets, processes and the like open, and may have 200$/);
    await goesOn(test);
    expect(handles()).to.be.below(before + 60);
  });

  it('that is no JavaScript is reported when it is saved, with its line, and denies', async () => {
    const { line, reason } = await denied(
      'exports.onExecutePostLogin = async (event, api) => {\n  api.;\n};\n',
    );
    expect(test.last('action broken')).to.include({
      script: 'Action first',
      file: `${test.folder}/first.js`,
      line: 2,
      reason: "SyntaxError: Unexpected token ';'",
    });
    expect([line, reason]).to.deep.equal([2, "SyntaxError: Unexpected token ';'"]);
    expect((await denied("import fs from 'node:fs';\n")).reason).to.include('write require(…)');
  });

  it('that asks for what the local tenant lacks gets a list of what there is', async () => {
    expect(await denied(action("api.multifactor.enable('any');"))).to.include({
      line: 2,
      reason: 'api.multifactor is not in the local tenant: there is no second factor here',
    });
    expect((await denied(action('api.idTokens.setCustomClaim();'))).reason).to.equal(
      'api.idTokens is not in the local tenant: it has api.access, api.accessToken, api.idToken, api.user, api.redirect',
    );
    expect((await denied(action("require('./helper');"))).reason).to.include('one Action is one file');
    expect((await denied(action("require('no-such-package');"))).reason).to.include(
      'cannot find the package',
    );
    expect((await denied(action('api.idToken.setCustomClaim(undefined, 1);'))).reason).to.include(
      'the name of the claim (api.idToken.setCustomClaim) must be a text, and is undefined',
    );
    expect(
      (await denied(action("api.idToken.setCustomClaim('https://x.example/a', 1n);"))).reason,
    ).to.include('no JSON');
  });

  it('that does something after its end reaches no other login', async () => {
    await test.save(
      'first.js',
      `let earlier;
exports.onExecutePostLogin = async (event, api) => {
  earlier?.idToken.setCustomClaim('https://my-app.example/late', event.user.email);
  earlier = api;
};
`,
    );
    for (const one of ['first', 'second']) {
      const client = new Client(test.tenant);
      const { payload } = decode((await client.logIn()).id_token);
      expect(payload, one).not.to.have.property('https://my-app.example/late');
      client.close();
    }
    expect(test.last('action hint')).to.include({
      script: 'Action first',
      reason: 'called api.idToken.setCustomClaim after it had ended; await what it waits for',
    });
  });
});

describe('an Action that does not end', () => {
  let test: ScriptedTenant;
  before(async () => {
    test = await startScripted(actions('first'), { 'first.js': RIGHT }, { scriptTimeLimit: LIMIT });
  });
  after(() => test?.close());

  const denied = (code: string) => deniedBy(test, code);
  afterEach(() => goesOn(test));

  it('that loops for ever is stopped, and the line of the loop is reported', async () => {
    const { line, reason } = await denied(action('let i = 0;\nfor (;;) {\n  i += 1;\n}'));
    expect(line).to.be.within(3, 4);
    expect(reason).to.equal('did not finish within 3 s: it was still working');
  });

  it('that waits for what never comes is given up', async () => {
    const { reason } = await denied(action('await new Promise(() => {});'));
    expect(reason).to.equal('did not finish within 3 s: something that it waits for never came');
  });

  it('harms no other login that happens at the same time', async () => {
    await test.save('first.js', action(`if (event.user.email === 'bob@example.com') for (;;);`));
    const [ann, bob] = [new Client(test.tenant), new Client(test.tenant)];
    let over = false;
    const stuck = bob.callback({}, BOB).finally(() => {
      over = true;
    });
    while (!test.tenant.events.recent().some((e) => e.type === 'login ok' && e.user_id.includes('b0b')))
      await new Promise(setImmediate);
    const { id_token } = await ann.logIn();
    expect(decode(id_token).payload.email).to.equal('ann@example.com');
    expect(over, 'Ann did not wait for Bob').to.equal(false);
    expect((await stuck).searchParams.get('error_description')).to.include('did not finish within 3 s');
    for (const client of [ann, bob]) client.close();
  });
});
