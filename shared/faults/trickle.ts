import type http from 'node:http';

/** Lets an answer arrive byte by byte. @param ms milliseconds between two bytes.
 * @param onBegin called when the first byte has left. */
export function trickle(res: http.ServerResponse, ms: number, onBegin: () => void = () => {}): void {
  const { write, end } = res;
  const chunks: Buffer[] = [];
  const collect = (chunk: unknown) => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk as string));
  };
  res.write = ((chunk: unknown) => {
    collect(chunk);
    return true;
  }) as typeof res.write;
  res.end = ((chunk: unknown) => {
    collect(chunk);
    const body = Buffer.concat(chunks);
    let sent = 0;
    let timer: NodeJS.Timeout | undefined;
    const next = () => {
      if (sent >= body.length) return void end.call(res, undefined, 'utf8');
      write.call(res, body.subarray(sent, sent + 1), 'utf8', sent === 0 ? onBegin : undefined);
      sent += 1;
      timer = setTimeout(next, ms);
    };
    res.once('close', () => clearTimeout(timer));
    next();
    return res;
  }) as typeof res.end;
}
