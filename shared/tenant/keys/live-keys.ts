import fs from 'node:fs';
import path from 'node:path';
import type { EventStream } from '../events';
import {
  type Keys,
  keysPath,
  makeNextKey,
  openDataFolder,
  type Rotation,
  revokePreviousKey,
  rotateKeys,
  type SigningKey,
} from './key-file';

/** Keys of a running tenant; follows changes of their file by other processes. */
export class LiveKeys {
  #watch: fs.FSWatcher | undefined;
  #reading: Promise<void> = Promise.resolve();
  #makingNext: Promise<void> | undefined;
  #onChange: () => void = () => {};

  /** @throws UserError when the file is damaged. */
  static async open(folder: string, events: EventStream, reset: boolean): Promise<LiveKeys> {
    return new LiveKeys(folder, events, await openDataFolder(folder, { reset }));
  }

  private constructor(
    private readonly folder: string,
    private readonly events: EventStream,
    private keys: Keys,
  ) {}

  get now(): Keys {
    return this.keys;
  }

  get states(): SigningKey[] {
    return this.keys.keys;
  }

  /** @param onChange called when the keys change, before the event.
   * @throws Error when the folder cannot be watched. */
  follow(onChange: () => void, watch: boolean): void {
    this.#onChange = onChange;
    if (!watch) return;
    const file = path.basename(keysPath(this.folder));
    // Not chokidar: it reads the whole folder at each event, and each login is stored in it.
    this.#watch = fs.watch(this.folder, (_event, name) => {
      if (name === null || name === file) this.#read().catch(() => {});
    });
    this.#watch.on('error', (error) => process.emitWarning(error));
  }

  /** Nobody waits for it. */
  makeNext(): void {
    this.#makingNext = makeNextKey(this.folder).then(
      () => this.#read(),
      (error: Error) => this.events.emit({ type: 'server error', reason: error.message }),
    );
  }

  async rotate(): Promise<Rotation> {
    const rotation = await rotateKeys(this.folder);
    await this.#read();
    return rotation;
  }

  async revokePrevious(): Promise<string | undefined> {
    const revoked = await revokePreviousKey(this.folder);
    await this.#read();
    return revoked;
  }

  async close(): Promise<void> {
    await this.#makingNext;
    this.#watch?.close();
    await this.#reading;
  }

  /** One after the other, so that the last one counts. */
  #read(): Promise<void> {
    const reading = this.#reading.then(() => this.#readOnce());
    this.#reading = reading.catch((error) => process.emitWarning(error));
    return reading;
  }

  async #readOnce(): Promise<void> {
    const before = this.keys.signingKeys.map(({ kid }) => kid);
    const stored = await openDataFolder(this.folder);
    const published = stored.signingKeys.map(({ kid }) => kid);
    if (before.join() === published.join()) return;
    this.keys = stored;
    this.#onChange();
    const revoked = before.filter((kid) => !published.includes(kid));
    if (before[0] === published[0] && revoked.length === 0) return;
    this.events.emit({ type: 'signing keys changed', signs: published[0], published, revoked });
  }
}
