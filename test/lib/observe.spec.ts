import { expect } from 'chai';
import { listenOnLoopback } from '../../shared/lib/listen';
import { OBSERVER_FAULT, observe, observerFaults } from '../../shared/lib/observe';
import { Recorder } from '../../shared/recorder';
import { EventStream } from '../../shared/tenant/events';
import { wantFaults } from '../support/observers';

describe('a fault of an observer', () => {
  /** What is written to standard error meanwhile. */
  async function written(work: () => unknown): Promise<string> {
    const { write } = process.stderr;
    let all = '';
    process.stderr.write = ((text: string) => {
      all += text;
      return true;
    }) as typeof write;
    try {
      await work();
    } finally {
      process.stderr.write = write;
    }
    return all;
  }
  const fail = () => {
    throw new Error('a mistake\nof ours');
  };

  it('is counted each time and reported once, in one line without a stack', async () => {
    const before = observerFaults().count;
    wantFaults(2);
    const text = await written(() => {
      observe('a test', fail);
      observe('a test', fail);
    });
    expect(observerFaults().count - before).to.equal(2);
    expect(text.trimEnd().split('\n')).to.have.length(1);
    expect(text).to.include(`${OBSERVER_FAULT} a test: "a mistake\\nof ours"`).and.not.include('    at ');
  });

  it('does not reach the party whose messages are recorded', async () => {
    const before = observerFaults().count;
    // One at the request, one at the answer.
    wantFaults(2);
    const recorder = new Recorder({ onChange: fail });
    let server: Awaited<ReturnType<typeof listenOnLoopback>> | undefined;
    await written(async () => {
      server = await listenOnLoopback(
        recorder.wrap('tenant')((_req, res) => res.end('as always')),
        { port: 0, party: 'A test', setting: 'none' },
      );
      const answer = await fetch(`http://localhost:${server.port}/`);
      expect(answer.status).to.equal(200);
      expect(await answer.text()).to.equal('as always');
    });
    await server?.close();
    expect(observerFaults().count).to.be.above(before);
  });

  it('does not reach the tenant that decides, nor the other listeners', async () => {
    wantFaults(1);
    const events = new EventStream();
    const heard: string[] = [];
    events.subscribe(fail);
    events.subscribe(({ type }) => heard.push(type));
    await written(() => events.emit({ type: 'server error', reason: 'a test' }));
    expect(heard).to.deep.equal(['server error']);
  });
});
