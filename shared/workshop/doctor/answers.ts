export interface Patience {
  /** Milliseconds until an answer begins. */
  begin: number;
  /** Milliseconds from then until its title has arrived. */
  rest: number;
}

/** The workshop answers within this time, also on a busy machine. */
const PATIENCE: Patience = { begin: 8000, rest: 3000 };
/** Bytes of an answer that are read: the title is at its beginning. */
const MOST = 200_000;

/** Finds the ports of the workshop by their answers, where the system does not name a port's program. The guide lists
 * the other parties, so a learner's app needs no sign of its own. @param ports those that are taken. */
export async function workshopPorts(ports: readonly number[], patience = PATIENCE): Promise<Set<number>> {
  const found = await Promise.all(
    ports.map(async (port) => {
      const text = await pageAt(port, patience);
      if (/<title>[^<]*Call Your API<\/title>/.test(text)) return [port, ...listed(text)];
      const tenant = text.includes(`<title>Tenant http://localhost:${port}/</title>`);
      return tenant || text.includes('"This API has /appointments') ? [port] : [];
    }),
  );
  return new Set(found.flat());
}

const listed = (text: string) =>
  [...text.matchAll(/\bhttps?:\/\/localhost:(\d{1,5})\b/g)].map(([, port]) => Number(port));

/** The start of a port's answer to a browser; empty when it does not speak HTTP. */
async function pageAt(port: number, { begin, rest }: Patience): Promise<string> {
  let text = '';
  const over = new AbortController();
  let timer = setTimeout(() => over.abort(), begin);
  try {
    const { body } = await fetch(`http://localhost:${port}/`, { redirect: 'manual', signal: over.signal });
    clearTimeout(timer);
    timer = setTimeout(() => over.abort(), rest);
    const decoder = new TextDecoder();
    for await (const chunk of body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > MOST) break;
    }
  } catch {
    // No answer in time: what arrived counts.
  } finally {
    clearTimeout(timer);
    over.abort();
  }
  return text;
}
