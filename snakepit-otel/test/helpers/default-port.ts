import { createServer } from 'node:net';
import { onTestFinished } from 'vitest';
import { eventually } from './inputs.js';

/** Listens on the default port of the input `http` until the test is finished. Agents of other tests may have it for a while. */
export const takeDefaultPort = (): Promise<void> =>
  eventually(
    () =>
      new Promise<void>((resolve, reject) => {
        const server = createServer().once('error', reject);
        server.listen(4319, '127.0.0.1', () => {
          onTestFinished(() => void server.close());
          resolve();
        });
      }),
  );
