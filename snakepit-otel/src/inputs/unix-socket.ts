import { chmodSync, existsSync, lstatSync, mkdirSync, renameSync, type Stats, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { errorMessage, hasErrorCode, warnOnce } from 'opentelemetry-instrumentation-snakepit/internal';
import type { Pipeline } from './pipeline.js';
import { SocketServer } from './socket-server.js';

/** Mode of a directory that is created for the socket. */
const DIRECTORY_MODE = 0o750;
/** Time between two looks at the file of the socket, ms. */
const CHECK_INTERVAL_MS = 5000;
/** Time for another process to answer, ms. */
const PROBE_LIMIT_MS = 1000;

/** A Unix socket that receives lines. Keeps no process alive. */
export class UnixSocket {
  readonly #server: SocketServer;
  readonly #path: string;
  readonly #mode: number;
  /** Inode of the socket that this process made. It is not used again as long as this process listens. */
  #own: number | undefined;
  #check: NodeJS.Timeout | undefined;

  constructor(pipeline: Pipeline, path: string, mode: number) {
    this.#server = new SocketServer('unix', pipeline);
    this.#path = path;
    this.#mode = mode;
  }

  /**
   * Listens on the path, whose directory is created if it does not exist. A socket that a process left behind is replaced if nobody answers
   * on it. One that somebody removes later is made again.
   *
   * @throws the error of the system; EADDRINUSE if another process listens, ENOTSOCK if a file that is no socket has the path
   */
  async listen(): Promise<void> {
    const path = this.#path;
    makeDirectory(dirname(path));
    const before = statOf(path);
    try {
      await this.#bind();
    } catch (error) {
      if (!hasErrorCode(error, 'EADDRINUSE') || before === undefined) throw error;
      if (!before.isSocket())
        throw Object.assign(new Error(`${path} is no socket`, { cause: error }), { code: 'ENOTSOCK' });
      if (await isAnswered(path)) throw error;
      // Another process may have replaced it meanwhile.
      const now = statOf(path);
      if (now !== undefined && (now.ino !== before.ino || now.ctimeMs !== before.ctimeMs)) throw error;
      if (now !== undefined) unlinkSync(path);
      await this.#bind();
    }
    this.#check = setInterval(() => void this.#checkFile(), CHECK_INTERVAL_MS).unref();
  }

  /** Stops listening and reading. */
  stopReading(): void {
    clearInterval(this.#check);
    this.#stopWithoutLoss();
  }

  /** Sends the last acknowledgements and closes all connections. */
  close(): Promise<void> {
    return this.#server.close();
  }

  async #bind(): Promise<void> {
    const path = this.#path;
    await this.#server.listen({ path }, () => {
      chmodSync(path, this.#mode);
      this.#own = statOf(path)?.ino;
    });
  }

  async #checkFile(): Promise<void> {
    const path = this.#path;
    try {
      const found = statOf(path)?.ino;
      if (found === this.#own) return;
      if (found !== undefined) {
        warnOnce(`Another process has replaced the socket ${path}: new connections do not come to this one.`);
        return;
      }
      warnOnce(`The socket ${path} was removed, and is made again.`);
      makeDirectory(dirname(path));
      this.#server.stopListening();
      await this.#bind();
    } catch (error) {
      warnOnce(`The socket ${path} cannot be made again: ${errorMessage(error)}`);
    }
  }

  /** Stops to listen, which removes the file of the path, whoever made it. That of another process is kept. */
  #stopWithoutLoss(): void {
    const path = this.#path;
    const kept = `${path}.${process.pid}`;
    try {
      const isOther = this.#own !== undefined && (statOf(path)?.ino ?? this.#own) !== this.#own;
      if (isOther) renameSync(path, kept);
      this.#server.stopReading();
      if (isOther) renameSync(kept, path);
    } catch (error) {
      warnOnce(`The socket ${path} of another process is lost: ${errorMessage(error)}`);
      this.#server.stopReading();
    }
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
