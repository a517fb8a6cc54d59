/** How much each part of the benchmark does: the one place for numbers of rounds, and of what a round is made of. */
export interface Sizes {
  start: {
    /** Starts of everything. */
    rounds: number;
    /** Runs of the checks of each step. */
    checks: number;
    steps: readonly number[];
  };
  tenant: {
    rounds: number;
    /** Starts of each kind of server. */
    starts: number;
    /** The most workers of a round, and the most that each of them does; undefined: as many as the kind has. */
    most?: { workers: number; each: number };
    /** Whether the servers are warmed up first. */
    warmUp: boolean;
  };
  size: {
    lots: number;
    /** Logins between two looks, a multiple of ten. */
    lot: number;
  };
  api: {
    rounds: number;
    /** Milliseconds. */
    round: number;
    /** Milliseconds. */
    warmUp: number;
    /** Tokens with a kid that nobody publishes. */
    unknownKids: number;
    /** Different tokens of different users, of which memory is looked at after a quarter and after all. */
    users: number;
  };
  page: {
    rounds: number;
    /** Rounds before those, which count for nothing. */
    warmUp: number;
    /** Milliseconds. */
    round: number;
  };
  loop: {
    rounds: number;
    steps: readonly number[];
    /** Whose app is started and saved. */
    step: number;
    saves: number;
    /** Milliseconds between two saves: a learner types for longer. */
    pause: number;
  };
  guide: {
    loads: number;
    /** Whose last task becomes right. */
    step: number;
    saves: number;
    /** Milliseconds between two saves: a learner types for longer. */
    pause: number;
    clicks: number;
    /** Messages that are recorded, few and many: multiples of five. */
    recorded: readonly [few: number, many: number];
  };
  slow: {
    /** Of one core. */
    share: number;
    steps: readonly number[];
  };
  storm: {
    /** Parallel requests. */
    requests: number;
  };
  stores: {
    rounds: number;
    /** Rounds before those, which count for nothing. */
    warmUp: number;
    /** Milliseconds. */
    round: number;
  };
  processes: {
    /** Parallel requests of a storm. */
    requests: number;
    storms: number;
    /** Runs in which the process that refreshes is killed. */
    kills: number;
  };
}

const STEPS = [1, 2, 3, 4, 5, 6, 7];

/** What `npm run bench` measures. Many short rounds: other programs come and go, and a median of few long rounds swings by a fifth. */
export const FULL: Sizes = {
  start: { rounds: 5, checks: 3, steps: STEPS },
  tenant: { rounds: 7, starts: 3, warmUp: true },
  size: { lots: 4, lot: 2500 },
  api: { rounds: 32, round: 100, warmUp: 600, unknownKids: 200, users: 8000 },
  page: { rounds: 22, warmUp: 2, round: 120 },
  loop: { rounds: 5, steps: STEPS, step: 2, saves: 24, pause: 1500 },
  guide: { loads: 8, step: 2, saves: 20, pause: 1500, clicks: 30, recorded: [20, 2000] },
  slow: { share: 0.1, steps: STEPS },
  storm: { requests: 50 },
  stores: { rounds: 22, warmUp: 2, round: 120 },
  processes: { requests: 50, storms: 20, kills: 20 },
};

/** Everything once, as small as it can be: it shows that the benchmark still works, and its figures say nothing. */
export const SMOKE: Sizes = {
  start: { rounds: 1, checks: 1, steps: [] },
  tenant: { rounds: 1, starts: 1, most: { workers: 2, each: 1 }, warmUp: false },
  size: { lots: 2, lot: 10 },
  api: { rounds: 1, round: 20, warmUp: 0, unknownKids: 10, users: 8 },
  page: { rounds: 1, warmUp: 0, round: 20 },
  loop: { rounds: 1, steps: [1], step: 1, saves: 1, pause: 300 },
  guide: { loads: 1, step: 1, saves: 1, pause: 300, clicks: 1, recorded: [20, 40] },
  slow: { share: 0.5, steps: [1] },
  storm: { requests: 4 },
  stores: { rounds: 1, warmUp: 0, round: 20 },
  processes: { requests: 4, storms: 1, kills: 1 },
};
