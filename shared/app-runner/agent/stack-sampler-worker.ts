import inspector from 'node:inspector';
import net from 'node:net';
import { workerData } from 'node:worker_threads';

export interface SamplerData {
  /** The descriptor by which the workshop asks. */
  fd: number;
  /** What gives the answer in the app's thread. */
  expression: string;
}

/**
 * A thread beside the app's: it answers the workshop though the app is in an infinite loop. The debugger's protocol interrupts the app for a
 * moment; no port is opened for it.
 */
const { fd, expression } = workerData as SamplerData;
const line = new net.Socket({ fd });
line.on('error', () => {});
line.write('ready\n');
line.on('data', (asked) => {
  for (const question of String(asked).trim().split('\n')) {
    const [, ms, id] = /^share (\d+) (\d+)$/.exec(question) ?? [];
    if (ms === undefined) tellLocation();
    else useShare(Number(ms), `share ${id}`);
  }
});

function tellLocation(): void {
  const app = new inspector.Session();
  app.connectToMainThread();
  app.post('Runtime.evaluate', { expression, returnByValue: true }, (_, answer) => {
    app.disconnect();
    line.write(`${answer?.result?.value}\n`);
  });
}

/** Works until the process has had some milliseconds of processor time from now on. */
function useShare(ms: number, answer: string): void {
  const before = process.cpuUsage();
  for (let used = 0; used < 1000 * ms; ) {
    const { user, system } = process.cpuUsage(before);
    used = user + system;
  }
  line.write(`${answer}\n`);
}
