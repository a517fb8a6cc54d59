import diagnostics from 'node:diagnostics_channel';
import type net from 'node:net';

/** Local ports of the connections of this process's own fetch. */
const ports = new Set<number>();
let watching = false;

export function watchOwnSockets(): void {
  if (watching) return;
  watching = true;
  diagnostics.subscribe('undici:client:connected', (context) => {
    const { socket } = context as { socket: net.Socket };
    const { localPort } = socket;
    if (localPort === undefined) return;
    ports.add(localPort);
    socket.once('close', () => ports.delete(localPort));
  });
}

/** Whether the other end of a connection is this process itself. */
export const isOwn = ({ remotePort }: net.Socket): boolean =>
  remotePort !== undefined && ports.has(remotePort);
