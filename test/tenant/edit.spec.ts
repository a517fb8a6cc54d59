import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { structuredPatch } from 'diff';
import { ROOT } from '../../shared/steps/layers';
import { edited, type Plain, yamlValue } from '../../shared/tenant/config/edit';

// biome-ignore lint/suspicious/noExplicitAny: a test reaches into the value of any file.
type Change = (value: any) => void;

/** The lines that an edit takes away and adds, as a diff shows them. */
function diff(text: string, change: Change, env: Record<string, string> = {}): string[] {
  const value = yamlValue(text, env);
  change(value);
  const result = edited(text, value as Plain, env);
  expect(yamlValue(result, env), 'the value of what was written').to.deep.equal(value);
  const { hunks } = structuredPatch('a', 'b', text, result, '', '', { context: 0 });
  return hunks.flatMap(({ lines }) => lines);
}

const ODD = `# top
clients:
- name:   'Odd'     # padded
  callbacks: [ http://##HOST##/cb,   "http://b/cb" ]
  refresh_token: &rt {rotation_type: rotating,leeway: 3}

- name: Two # the second
  # of its token
  refresh_token: *rt
  web_origins: @@ORIGINS@@

# about the last
- {name: Three, refresh_token: *rt}
`;
/** The same with merge keys: one map, a list of them, one that is merged itself, and a key that is only called so. */
const MERGED = `clients:
  - &web
    name: Web # the first
    callbacks: [http://a/cb] # one
    refresh_token: &rt { rotation_type: rotating, leeway: 3 }
  - &two
    <<: *web
    name: Two # second
  - name: Three
    client_metadata: { "<<": quoted, a: "1" }
    refresh_token:
      <<: *rt # as the first
      leeway: 5
  - <<: [ *two, { description: inline } ]
    name: Four
`;
const ENV = { HOST: 'h:1', ORIGINS: '["http://o"]' };

describe('an edit of tenant.yaml', () => {
  const step = fs.readFileSync(path.join(ROOT, 'steps/01-configure-your-api/app/tenant.yaml'), 'utf8');

  it('changes the lines that say something else, and no other', () => {
    expect(
      diff(step, (value) => {
        value.resourceServers[0].token_lifetime = 60;
        value.clients[0].callbacks.push('http://localhost:3001/callback');
      }),
    ).to.deep.equal([
      '-    token_lifetime: 3600',
      '+    token_lifetime: 60',
      '+      - http://localhost:3001/callback',
    ]);
  });

  it('puts what is new at the end, in the style of what is there', () => {
    expect(
      diff(step, (value) => {
        value.clients.push({ name: 'Robot', grant_types: ['client_credentials'] });
        value.roles = [{ name: 'guest' }];
      }),
    ).to.deep.equal([
      '+  - name: Robot',
      '+    grant_types:',
      '+      - client_credentials',
      '+',
      '+roles:',
      '+  - name: guest',
    ]);
    expect(diff(ODD, (value) => value.clients.push({ name: 'Four' }), ENV)).to.include('+- {name: Four}');
  });

  it('changes nothing where the value is the same, whatever placeholders and aliases stand for', () => {
    expect(edited(ODD, yamlValue(ODD, ENV), ENV)).to.equal(ODD);
  });

  it('leaves placeholders in their place, also beside what changes', () => {
    const lines = diff(ODD, (value) => value.clients[0].callbacks.push('http://c/cb'), ENV);
    expect(lines.join('\n')).to.include('http://##HOST##/cb').and.not.to.include('h:1');
  });

  it('changes one place of several that share an anchor', () => {
    const lines = diff(
      ODD,
      (value) => {
        value.clients[1].refresh_token.leeway = 4;
      },
      ENV,
    );
    expect(lines).to.deep.equal([
      '-  refresh_token: *rt',
      '+  refresh_token: {rotation_type: rotating, leeway: 4}',
    ]);
  });

  it('hands an anchor on when the place goes that has it', () => {
    const result = edited(
      ODD,
      { clients: (yamlValue(ODD, ENV) as { clients: Plain[] }).clients.slice(1) },
      ENV,
    );
    expect(result).to.match(/name: Two # the second\n {2}# of its token\n {2}refresh_token: &rt \{/);
    expect(result).to.include('{name: Three, refresh_token: *rt}');
  });

  it('keeps comments where an entry gets another name', () => {
    const lines = diff(
      ODD,
      (value) => {
        value.clients[1].name = 'Second';
      },
      ENV,
    );
    expect(lines).to.deep.equal(['-- name: Two # the second', '+- name: Second # the second']);
  });

  it('can begin with nothing, and keeps the line ends of Windows', () => {
    expect(edited('# only a comment\n', { clients: [{ name: 'a' }] }, {})).to.equal(
      '# only a comment\n\nclients:\n  - name: a\n',
    );
    expect(
      edited(
        'clients:\r\n  - name: a\r\n    description: b\r\n',
        { clients: [{ name: 'a', description: 'c' }] },
        {},
      ),
    ).to.equal('clients:\r\n  - name: a\r\n    description: c\r\n');
  });

  it('keeps merge keys, and what others take by them', () => {
    expect(diff(MERGED, (value) => value.clients.push({ name: 'Five' }))).to.deep.equal(['+  - name: Five']);
    expect(
      diff(MERGED, (value) => {
        value.clients[1].callbacks = ['http://b/cb'];
        value.clients[2].refresh_token.rotation_type = 'non-rotating';
      }),
      'an own entry counts more, also for who takes from it',
    ).to.include.members(['+      rotation_type: non-rotating', '+    callbacks:', '+      - http://b/cb']);
    const separate = edited(
      MERGED,
      { clients: (yamlValue(MERGED, {}) as { clients: Plain[] }).clients.slice(1) },
      {},
    );
    expect(separate, 'what others take remains theirs when its first place goes').to.include('<<: &web\n');
    const less = diff(MERGED, (value) => {
      delete value.clients[1].refresh_token;
    });
    expect(less, 'an entry that must go is merged no longer').to.include('-    <<: *web');
    expect(less.join('\n'), 'and the others remain').to.include('http://a/cb');
  });

  it('writes a name << so that it remains a name', () => {
    const lines = diff(MERGED, (value) => {
      value.clients[2].client_metadata.a = '2';
      value.clients[0].client_metadata = { '<<': { b: 'c' } };
    });
    expect(lines.join('\n'))
      .to.match(/"<<": quoted, a: "2"/)
      .and.match(/!!str "<<":\n\+ +b: c/);
  });

  it('has the wanted value after any of hundreds of changes', () => {
    // A generator of its own, so that a failure can be had again.
    let seed = 1;
    const random = (n: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % n;
    };
    for (let i = 0; i < 300; i++) {
      const text = [ODD, step, MERGED][random(3)] as string;
      const value = yamlValue(text, ENV) as Plain;
      for (let changes = 1 + random(3); changes > 0; changes--) mutate(value, random);
      expect(yamlValue(edited(text, value, ENV), ENV), `change ${i}`).to.deep.equal(value);
    }
  });
});

/** Changes something somewhere in a value. */
function mutate(value: Plain, random: (n: number) => number): void {
  if (value === null || typeof value !== 'object') return;
  const keys = Object.keys(value);
  const key = keys[random(keys.length || 1)] ?? '0';
  const holder = value as Record<string, Plain>;
  const inner = holder[key];
  if (inner !== null && typeof inner === 'object' && random(4) > 0) {
    mutate(inner, random);
    return;
  }
  const fresh = [true, 7, 'text: with # marks', '', 'plain', ['a', { b: 1 }], { c: ['d'] }][
    random(7)
  ] as Plain;
  const how = random(3);
  if (Array.isArray(value)) {
    if (how === 0) value.splice(random(value.length + 1), 1);
    else if (how === 1) value.push(fresh);
    else value[Number(key)] = fresh;
  } else if (how === 0) delete holder[key];
  else holder[how === 1 ? `new${random(5)}` : key] = fresh;
}
