/** As many as a thread may have at a time, see thread/resources.ts. */
const MOST = 200;

/**
 * The processes that the scripts of one thread have started and that still run. The thread writes them into shared memory, so that they are
 * known at each moment, however the thread ends.
 */
export class Children {
  /** For each a process id, 0 for none, and the index of the script that started it; 32-bit integers. */
  readonly memory = new SharedArrayBuffer(MOST * 8);
  readonly #list = new Int32Array(this.memory);

  /**
   * Ends them. Nobody waits for a process whose thread has ended, so its id is not given to another program meanwhile.
   *
   * @returns for each that ran, the index of the script that started it.
   */
  end(): number[] {
    const ended: number[] = [];
    for (let i = 0; i < this.#list.length; i += 2) {
      const pid = Atomics.exchange(this.#list, i, 0);
      if (pid <= 0) continue;
      try {
        process.kill(pid, 'SIGKILL');
        ended.push(Atomics.load(this.#list, i + 1));
      } catch {
        // It has just ended by itself, or runs as somebody else.
      }
    }
    return ended;
  }
}
