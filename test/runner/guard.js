/**
 * Waits until its standard input ends, which it does when the process that started it ends, also by SIGKILL. Then it ends the tree of processes
 * PID and removes the folders. In plain JavaScript: it starts with each run of the tests, and does nothing as a rule.
 *
 *     node guard.js PID [FOLDER …]
 */
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');

const [pid, ...folders] = process.argv.slice(2);
// All went well, and nothing is left to do.
process.stdin.once('data', () => process.exit(0));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

process.stdin.resume().once('close', () => {
  if (process.platform === 'win32') spawnSync('taskkill', ['/pid', pid, '/t', '/f'], { stdio: 'ignore' });
  else {
    try {
      process.kill(-Number(pid), 'SIGKILL');
    } catch {
      // Nobody is left.
    }
  }
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});
