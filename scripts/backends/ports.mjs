import { createServer } from 'node:net';

const bind = (port) =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });

/**
 * Returns a free port on loopback for each name: the preferred one, or any other if that is in use.
 *
 * @template {string} Name
 * @param {Readonly<Record<Name, number>>} preferred 0 means any
 * @returns {Promise<Record<Name, number>>}
 */
export async function freePorts(preferred) {
  const servers = [];
  for (const [name, port] of Object.entries(preferred)) {
    // Keeps each port bound until all are found, so that none is returned twice.
    servers.push([name, await bind(port).catch(() => bind(0))]);
  }
  const ports = servers.map(([name, server]) => [name, server.address().port]);
  await Promise.all(servers.map(([, server]) => new Promise((closed) => server.close(closed))));
  return Object.fromEntries(ports);
}
