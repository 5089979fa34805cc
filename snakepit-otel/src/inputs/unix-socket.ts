import { chmodSync, existsSync, lstatSync, mkdirSync, type Stats, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { hasErrorCode } from 'opentelemetry-instrumentation-snakepit/internal';
import type { SocketServer } from './socket-server.js';

/** Mode of a directory that is created for the socket. */
const DIRECTORY_MODE = 0o750;
/** Time for another process to answer, ms. */
const PROBE_LIMIT_MS = 1000;

/**
 * Listens on a Unix socket, whose directory is created if it does not exist. A socket that a process left behind is replaced if nobody
 * answers on it.
 *
 * @throws the error of the system; EADDRINUSE if another process listens, ENOTSOCK if a file that is no socket has the path
 */
export async function listenOnUnixSocket(server: SocketServer, path: string, mode: number): Promise<void> {
  makeDirectory(dirname(path));
  const listen = () => server.listen({ path }, () => chmodSync(path, mode));
  const before = statOf(path);
  try {
    await listen();
  } catch (error) {
    if (!hasErrorCode(error, 'EADDRINUSE') || before === undefined) throw error;
    if (!before.isSocket())
      throw Object.assign(new Error(`${path} is no socket`, { cause: error }), { code: 'ENOTSOCK' });
    if (await isAnswered(path)) throw error;
    // Another process may have replaced it meanwhile.
    const now = statOf(path);
    if (now !== undefined && (now.ino !== before.ino || now.ctimeMs !== before.ctimeMs)) throw error;
    if (now !== undefined) unlinkSync(path);
    await listen();
  }
}

/**
 * Creates a directory with those above it. The recursive option of `mkdirSync` never returns below a directory in which the system
 * creates nothing, such as `/proc`.
 */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  try {
    mkdirSync(path, DIRECTORY_MODE);
  } catch (error) {
    // Another process may have created it meanwhile.
    if (!hasErrorCode(error, 'EEXIST')) throw error;
  }
}

const statOf = (path: string): Stats | undefined => lstatSync(path, { throwIfNoEntry: false });

/** Returns true unless the system reports that nobody listens. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const answer = (isAnswered: boolean) => {
      clearTimeout(limit);
      socket.destroy();
      resolve(isAnswered);
    };
    const limit = setTimeout(answer, PROBE_LIMIT_MS, true);
    socket.once('connect', () => answer(true));
    socket.once('error', (error) => answer(!hasErrorCode(error, 'ECONNREFUSED', 'ENOENT')));
  });
}
