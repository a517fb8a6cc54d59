import https from 'node:https';

/** A fetch that trusts one authority: in a process that runs already, NODE_EXTRA_CA_CERTS comes too late. */
export function trustingFetch(ca: string): typeof fetch {
  const agent = new https.Agent({ ca, servername: 'localhost' });
  return async (input, init) => {
    const request = new Request(input, init);
    const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
    return new Promise<Response>((resolve, reject) => {
      const sent = https.request(
        request.url,
        {
          method: request.method,
          agent,
          headers: {
            ...Object.fromEntries(request.headers),
            ...(body ? { 'content-length': String(body.length) } : {}),
          },
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () => {
            const status = answer.statusCode ?? 0;
            const bare = status === 204 || status === 304;
            resolve(
              new Response(bare ? null : Buffer.concat(chunks), {
                status,
                headers: answer.headers as Record<string, string>,
              }),
            );
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  };
}
