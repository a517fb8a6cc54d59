import { findStep } from '../../shared/steps/layers';
import { Lane } from '../support/lane';
import { type Delays, withLateChannels } from '../support/late-channels';
import { type Case, inLogin, isReportedWithFileAndLine } from './misbehaves';

/** Milliseconds: long after the answer, and shorter than any wait of the checks. */
const LATE = 400;

const CRASHES_IN_LOGIN: Omit<Case, 'title'> = {
  edits: [
    inLogin('void Promise.resolve().then(() => (undefined as any).oh()); await new Promise(setImmediate);'),
  ],
  diagnosis: 'app-crashed',
  says: /the app ended with exit code 1: TypeError: .*, at auth\.ts:\d+$/,
};

const CASES: (Case & { late: Delays })[] = [
  {
    title: 'an error that the agent reports',
    late: { reports: LATE },
    edits: [inLogin('await null; (undefined as any).oh();')],
    diagnosis: 'app-threw',
    says: /GET \/login threw TypeError: .* at auth\.ts:\d+$/,
  },
  {
    title: 'a redirect that the agent reports',
    late: { reports: LATE },
    edits: [inLogin("if (!req.query.again) return res.redirect('/login');")],
    diagnosis: 'app-loops',
    says: /redirects in a row.*\/login; redirected from \/login at auth\.ts:\d+$/,
  },
  {
    title: 'a failed request that the agent reports',
    late: { reports: LATE },
    edits: [inLogin("await fetch('http://localhost:1/');")],
    diagnosis: 'tenant-not-asked',
    says: /the app asked the tenant nothing; GET \/login threw TypeError: fetch failed, .* at auth\.ts:\d+$/,
  },
  {
    title: 'what the agent reports of much output',
    late: { reports: LATE },
    edits: [inLogin("for (let i = 0; i < 100; i++) console.log('x'.repeat(100_000));")],
    diagnosis: 'app-floods',
    says: /more than 5 MB, at last at auth\.ts:\d+$/,
  },
  {
    title: 'the last output',
    late: { output: LATE },
    ...CRASHES_IN_LOGIN,
  },
  {
    title: 'the end of the process',
    late: { end: LATE },
    ...CRASHES_IN_LOGIN,
  },
  {
    title: 'the end of the process, after a page that came',
    late: { end: LATE, output: LATE },
    ...CRASHES_IN_LOGIN,
    edits: [inLogin("res.status(500).end('no'); process.nextTick(() => (undefined as any).oh()); return;")],
  },
];

describe('evidence that arrives later than the answer', () => {
  let late: Delays = {};
  const lane = new Lane(findStep('2'), 'late-evidence', undefined, (host) =>
    withLateChannels(host, () => late),
  );
  after(() => lane.close());

  for (const one of CASES) {
    it(`is in the finding all the same: ${one.title}`, async () => {
      ({ late } = one);
      await isReportedWithFileAndLine(lane, one);
    });
  }
});
