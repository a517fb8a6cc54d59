import path from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../shared/lib/places';
import { circleIn, importsWithin } from '../support/imports';

/** The floors of shared/tenant, from the bottom. A room imports from the floors below, never from its own or from above. */
const FLOORS = [
  ['events.ts', 'demo-users.ts', 'pages'],
  ['config', 'keys', 'https', 'log-line.ts'],
  ['users', 'actions'],
  ['provider'],
  ['routes', 'overview'],
  ['connections', 'management', 'server.ts'],
  ['index.ts'],
  ['commands'],
];

const room = (file: string) => file.split('/', 1)[0] ?? '';
const floorOf = (file: string) => FLOORS.findIndex((floor) => floor.includes(room(file)));

describe('the files of shared/tenant', () => {
  const imports = importsWithin(path.join(ROOT, 'shared', 'tenant'));

  it('each belong to a floor', () => {
    expect([...imports.keys()].filter((file) => floorOf(file) < 0)).to.deep.equal([]);
    const rooms = new Set([...imports.keys()].map(room));
    expect(FLOORS.flat().filter((one) => !rooms.has(one))).to.deep.equal([]);
  });

  it('import from lower floors only', () => {
    const up = [...imports].flatMap(([file, imported]) =>
      imported
        .filter((other) => room(other) !== room(file) && floorOf(other) >= floorOf(file))
        .map((other) => `${file} imports ${other}`),
    );
    expect(up).to.deep.equal([]);
  });

  it('import each other in no circle', () => {
    expect(circleIn(imports)).to.equal(undefined);
    // The rooms, too: else a room could not be read without another one.
    const rooms = new Map<string, string[]>();
    for (const [file, imported] of imports)
      rooms.set(room(file), [
        ...(rooms.get(room(file)) ?? []),
        ...imported.map(room).filter((other) => other !== room(file)),
      ]);
    expect(circleIn(rooms)).to.equal(undefined);
  });

  it('outside of connections/ and management/ import these by their seam, in one place', () => {
    const users = [...imports].flatMap(([file, imported]) =>
      imported
        .filter((other) => ['connections', 'management'].includes(room(other)) && room(other) !== room(file))
        .map((other) => `${file} imports ${other}`),
    );
    expect(users.sort()).to.deep.equal([
      'commands/management.ts imports management/index.ts',
      'index.ts imports connections/index.ts',
      'index.ts imports management/index.ts',
    ]);
  });

  it('finds a circle where there is one', () => {
    const circle = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['b']],
    ]);
    expect(circleIn(circle)).to.deep.equal(['b', 'c', 'b']);
  });
});
