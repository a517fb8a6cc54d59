import { Browser, type Page } from '../browser';

/** A browser whose pages come together with what the app reported, wrote and sent for them, however slow those channels are. */
export class SettledBrowser extends Browser {
  /** @param settle waits for what the app did until now. */
  constructor(
    private readonly settle: () => Promise<unknown>,
    ...others: ConstructorParameters<typeof Browser>
  ) {
    super(...others);
  }

  override async get(...request: Parameters<Browser['get']>): Promise<Page> {
    return this.#settled(await super.get(...request));
  }

  override async post(...request: Parameters<Browser['post']>): Promise<Page> {
    return this.#settled(await super.post(...request));
  }

  override async click(...request: Parameters<Browser['click']>): Promise<Page> {
    return this.#settled(await super.click(...request));
  }

  override async submit(...request: Parameters<Browser['submit']>): Promise<Page> {
    return this.#settled(await super.submit(...request));
  }

  async #settled(page: Page): Promise<Page> {
    await this.settle();
    return page;
  }
}
