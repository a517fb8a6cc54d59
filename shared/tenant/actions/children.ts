/** The same as in thread/resources.ts. */
const MOST = 200;

/** The running processes that the scripts of one thread started. The thread writes them into shared memory, so they
 * are known however the thread ends. */
export class Children {
  /** Pairs of 32-bit integers: a process ID (0 for none) and the index of the script that started it. */
  readonly memory = new SharedArrayBuffer(MOST * 8);
  readonly #list = new Int32Array(this.memory);

  /** Kills them. The thread ended without waiting for them, so their IDs are not reused yet.
   * @returns for each the index of its script. */
  end(): number[] {
    const ended: number[] = [];
    for (let i = 0; i < this.#list.length; i += 2) {
      const pid = Atomics.exchange(this.#list, i, 0);
      if (pid <= 0) continue;
      try {
        process.kill(pid, 'SIGKILL');
        ended.push(Atomics.load(this.#list, i + 1));
      } catch {
        // It has just ended, or runs as another user.
      }
    }
    return ended;
  }
}
