import { ChildProcess } from 'node:child_process';
import { end } from './resources';
import { settings } from './running';

/** A process that a script starts would outlive its thread. The tenant ends those that are listed in shared memory.
 *  */

const list = new Int32Array(settings.children);
const turn = new Int32Array(settings.signal, 4, 1);

/** Lists each process that is started from now on: spawn, exec, execFile, fork and cluster all come through here. */
export function noteChildren(): void {
  const made = ChildProcess.prototype as unknown as {
    spawn: (this: ChildProcess, options: unknown) => unknown;
  };
  const { spawn } = made;
  made.spawn = function (options) {
    let at = 0;
    while (at < list.length && list[at] !== 0) at += 2;
    if (at === list.length) end(`has more than ${list.length / 2} processes open`);
    const result = spawn.call(this, options);
    const { pid } = this;
    if (pid === undefined) return result;
    Atomics.store(list, at + 1, Atomics.load(turn, 0));
    Atomics.store(list, at, pid);
    // Not a listener, which the script could remove.
    const emit = this.emit as (name: string | symbol, ...args: unknown[]) => boolean;
    this.emit = function (name: string | symbol, ...args: unknown[]) {
      // From now on the system may reuse the ID.
      if (name === 'exit') Atomics.compareExchange(list, at, pid, 0);
      return emit.call(this, name, ...args);
    };
    return result;
  };
}
