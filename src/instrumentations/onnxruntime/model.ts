import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { types } from 'node:util';
import { cleanText } from '../../common/clean-text.js';
import { type Providers, providersOf, type SupportedBackends } from './providers.js';

/** Bytes of a model in memory that its name is computed from. */
const HASHED_BYTES = 1_048_576;
const HASH_LENGTH = 12;
const MAX_NAME_LENGTH = 128;

/** Name of a model that was loaded before the instrumentation was. */
export const UNKNOWN_MODEL = 'unknown';

/** A model that is loaded. */
export interface Model {
  readonly name: string;
  readonly providers: Providers;
  /** Returns the size of the file or buffer, bytes; `undefined` if it is unknown. */
  readonly size: () => number | undefined;
}

/** Describes the model of a call of `InferenceSession.create()`. */
export function modelOf(args: readonly unknown[], supported: SupportedBackends | undefined): Model {
  const [source] = args;
  const options = args.slice(1).find((each) => typeof each === 'object' && each !== null);
  const providers = providersOf(options && Reflect.get(options, 'executionProviders'), supported);
  if (typeof source === 'string') {
    const size = () => sizeOf(source);
    return { name: cleanText(basename(source), MAX_NAME_LENGTH), providers, size };
  }
  const bytes = bytesOf(args);
  if (bytes === undefined) return { name: UNKNOWN_MODEL, providers, size: () => undefined };
  return { name: hashOf(bytes), providers, size: () => bytes.byteLength };
}

/** Returns the size of a file, bytes; `undefined` if this process may not see it, or not any more. */
function sizeOf(file: string): number | undefined {
  try {
    return statSync(file).size;
  } catch {
    return undefined;
  }
}

/** Returns the model in memory, which is an array, or a part of a buffer. */
function bytesOf([source, offset, length]: readonly unknown[]): Uint8Array | undefined {
  if (types.isUint8Array(source)) return source;
  if (!types.isAnyArrayBuffer(source)) return undefined;
  const all = new Uint8Array(source);
  if (typeof offset !== 'number') return all;
  return all.subarray(offset, typeof length === 'number' ? offset + length : undefined);
}

function hashOf(bytes: Uint8Array): string {
  const hash = createHash('sha256').update(bytes.subarray(0, HASHED_BYTES)).update(String(bytes.byteLength));
  return `sha256:${hash.digest('hex').slice(0, HASH_LENGTH)}`;
}
