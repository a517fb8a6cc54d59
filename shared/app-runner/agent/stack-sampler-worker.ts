import inspector from 'node:inspector';
import net from 'node:net';
import { workerData } from 'node:worker_threads';

export interface SamplerData {
  fd: number;
  /** Gives the answer in the app's thread. */
  expression: string;
}

/** A thread beside the app's: it answers even while the app is in an infinite loop. The debugger's protocol interrupts
 * the app for a moment, without a port. */
const { fd, expression } = workerData as SamplerData;
const line = new net.Socket({ fd });
line.on('error', () => {});
line.write('ready\n');
line.on('data', (asked) => {
  for (const question of String(asked).trim().split('\n')) {
    const [, ms, id] = /^share (\d+) (\d+)$/.exec(question) ?? [];
    if (ms === undefined) writeLocation();
    else useShare(Number(ms), `share ${id}`);
  }
});

function writeLocation(): void {
  const app = new inspector.Session();
  app.connectToMainThread();
  app.post('Runtime.evaluate', { expression, returnByValue: true }, (_, answer) => {
    app.disconnect();
    line.write(`${answer?.result?.value}\n`);
  });
}

/** Works until the process has used some milliseconds of processor time. */
function useShare(ms: number, answer: string): void {
  const before = process.cpuUsage();
  for (let used = 0; used < 1000 * ms; ) {
    const { user, system } = process.cpuUsage(before);
    used = user + system;
  }
  line.write(`${answer}\n`);
}
