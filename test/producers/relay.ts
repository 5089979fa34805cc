import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Listens on `path` and forwards to `target`, until the end of the test. */
export async function startRelay(path: string, target: string) {
  const sockets = new Set<Socket>();
  let isPaused = false;
  let delayMs = 0;
  let bytes = 0;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ path: target, allowHalfOpen: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk) => {
      bytes += chunk.length;
      if (delayMs === 0) return;
      client.pause();
      setTimeout(() => client.resume(), delayMs);
    });
    client.pipe(upstream).pipe(client);
    if (isPaused) client.pause();
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    /** Number of bytes that were forwarded. */
    get bytes() {
      return bytes;
    },
    /** Breaks all connections. */
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    /** Waits after each chunk. */
    slowDown: (ms: number) => {
      delayMs = ms;
    },
    /** Stops to read, or reads again; also from connections to come. */
    pause: (value: boolean) => {
      isPaused = value;
      for (const socket of sockets)
        if (value) socket.pause();
        else socket.resume();
    },
  };
}
