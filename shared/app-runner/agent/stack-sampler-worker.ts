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
line.on('data', () => {
  const app = new inspector.Session();
  app.connectToMainThread();
  app.post('Runtime.evaluate', { expression, returnByValue: true }, (_, answer) => {
    app.disconnect();
    line.write(`${answer?.result?.value}\n`);
  });
});
