import type { Socket } from 'node:net';

/** Resolves when all sockets are closed. An error closes a socket too. */
export async function untilClosed(sockets: Iterable<Socket>): Promise<void> {
  await Promise.all(
    Array.from(sockets, (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()))),
  );
}
