import { AppProcesses } from '../../shared/guide/app-processes';
import type { Guide } from '../../shared/guide/guide';
import { Hub } from '../../shared/guide/hub';
import { type RunningGuide, startGuide } from '../../shared/guide/index';
import { LiveChecks } from '../../shared/guide/live-checks';
import { Wire } from '../../shared/guide/wire/wire';

/** The guide in this process, with an app that never starts. */
export async function startBareGuide(
  given: Partial<Guide> & Pick<Guide, 'places'>,
): Promise<RunningGuide & { guide: Guide }> {
  const guide: Guide = {
    hub: new Hub(),
    app: new AppProcesses('no-such-folder', { port: 3000, setting: '--app-port', env: () => ({}) }),
    checks: new LiveChecks(),
    wire: new Wire(),
    tenant: undefined,
    faults: { now: () => ({}), look: () => {} },
    moved: async () => {},
    ...given,
  };
  return { ...(await startGuide(guide)), guide };
}

/** What a page's script hears at /live: each event as it comes. */
export async function listen(
  origin: string,
): Promise<{ next(name: string): Promise<unknown>; close(): void }> {
  const leave = new AbortController();
  const response = await fetch(`${origin}/live`, { signal: leave.signal });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = '';
  return {
    async next(name) {
      for (;;) {
        const found = new RegExp(`event: ${name}\\ndata: (.*)\\n\\n`).exec(text);
        if (found) {
          text = text.slice(found.index + found[0].length);
          return JSON.parse(found[1] ?? 'null');
        }
        const { value, done } = await reader.read();
        if (done) throw new Error(`the guide closed the connection before it sent ${name}`);
        text += decoder.decode(value, { stream: true });
      }
    },
    close: () => leave.abort(),
  };
}
