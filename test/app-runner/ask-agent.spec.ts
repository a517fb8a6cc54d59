import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { askAgent } from '../../shared/app-runner/ask-agent';
import { LOCATION_WITHIN } from '../../shared/app-runner/ipc-messages';

describe('a question to an app’s process', () => {
  it('is answered also when the one who asks was busy for longer than the answer may take', async () => {
    const answering = "process.on('message', () => process.send({ listening: 7 }))";
    const child = spawn(process.execPath, ['-e', answering], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    try {
      await once(child, 'spawn');
      const asked = askAgent(child, 'a question', (words) =>
        'listening' in words ? words.listening : undefined,
      );
      const end = performance.now() + 2 * LOCATION_WITHIN;
      while (performance.now() < end);
      expect(await asked).to.equal(7);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });
});
