import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { hasErrorCode } from 'opentelemetry-instrumentation-snakepit/internal';
import { MAX_BODY_BYTES, MAX_UNPACKED_BYTES } from './limits.js';

const RETRY_S = '1';
/** Bytes that are unpacked in one turn of the event loop. */
const UNPACKED_CHUNK_BYTES = 256 * 1024;
/** Chunks that are merged: each takes memory beside its bytes, of which a slow client sends one at a time. */
const MERGED_CHUNKS = 256;
const unpack = promisify(gunzip);

/** Ends a request with an error. */
export class BodyError extends Error {
  constructor(
    /** HTTP status. */
    readonly status: number,
    /** Text for the client. */
    readonly reason: string,
    /** Headers of the answer. */
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(reason);
  }

  /** The queue is full; the client sends the whole batch again later. */
  static full(): BodyError {
    return new BodyError(429, 'the queue is full; send the whole batch again later', {
      'retry-after': RETRY_S,
    });
  }
}

/** Memory for bodies. */
export interface BodyMemory {
  /** Reserves bytes. @returns false if there is no room */
  reserve(bytes: number): boolean;
  release(bytes: number): void;
}

/** A body whose memory is reserved until it is released. */
interface Body {
  readonly bytes: Buffer;
  release(): void;
}

/** Unpacks one body at a time, so that many requests need no more memory than one. */
let unpacking: Promise<unknown> = Promise.resolve();

/**
 * Reads the body of a request within the limits.
 *
 * @param contentTypes types that are allowed
 * @throws BodyError
 */
export async function readBody(
  request: IncomingMessage,
  memory: BodyMemory,
  contentTypes: readonly string[],
): Promise<Body> {
  const encoding = checkHeaders(request, contentTypes);
  const packed = await collect(request, memory);
  if (encoding === 'identity') return packed;
  try {
    const previous = unpacking;
    const result = previous.then(() => unpackWithinLimit(packed.bytes));
    unpacking = result.catch(() => {});
    const bytes = await result;
    if (!memory.reserve(bytes.length)) throw BodyError.full();
    return { bytes, release: () => memory.release(bytes.length) };
  } finally {
    packed.release();
  }
}

/** Returns the content type of a request, without parameters. */
export const contentTypeOf = ({ headers }: IncomingMessage): string =>
  headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';

function checkHeaders(request: IncomingMessage, contentTypes: readonly string[]): 'identity' | 'gzip' {
  const { headers } = request;
  if (!contentTypes.includes(contentTypeOf(request)))
    throw new BodyError(415, `content-type must be ${contentTypes.join(' or ')}`);
  const encoding = headers['content-encoding']?.trim().toLowerCase() || 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip')
    throw new BodyError(415, 'content-encoding must be gzip');
  if (Number(headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  return encoding;
}

const tooLarge = () => new BodyError(413, `more than ${MAX_BODY_BYTES} bytes`);

async function collect(request: IncomingMessage, memory: BodyMemory): Promise<Body> {
  const parts: Buffer[] = [];
  let chunks: Buffer[] = [];
  let length = 0;
  const release = () => memory.release(length);
  try {
    // Leaving the loop must not destroy the connection, on which the answer is sent.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      if (length + chunk.length > MAX_BODY_BYTES) throw tooLarge();
      if (!memory.reserve(chunk.length)) throw BodyError.full();
      length += chunk.length;
      if (chunks.push(chunk) < MERGED_CHUNKS) continue;
      parts.push(Buffer.concat(chunks));
      chunks = [];
    }
    return { bytes: Buffer.concat([...parts, ...chunks]), release };
  } catch (error) {
    release();
    throw error instanceof BodyError ? error : new BodyError(400, 'the body is not complete');
  }
}

async function unpackWithinLimit(packed: Buffer): Promise<Buffer> {
  try {
    return await unpack(packed, { maxOutputLength: MAX_UNPACKED_BYTES, chunkSize: UNPACKED_CHUNK_BYTES });
  } catch (error) {
    if (hasErrorCode(error, 'ERR_BUFFER_TOO_LARGE')) {
      throw new BodyError(413, `more than ${MAX_UNPACKED_BYTES} bytes when unpacked`);
    }
    throw new BodyError(400, 'the body is not valid gzip');
  }
}
