import type { Readable } from 'node:stream';
import { optionalRequire } from '../../sdk/optional-require.cjs';

/** Status at the end of a call; empty if a message could not be read. */
export interface GrpcStatus {
  readonly code?: number;
  readonly details?: string;
}

/** A call whose messages go both ways. Emits `metadata` for the headers of the answer, and `status` at its end. */
export interface GrpcCall extends Readable {
  write(message: Uint8Array): void;
  cancel(): void;
}

/** A client of one server. */
export interface GrpcClient {
  makeBidiStreamRequest(
    path: string,
    serialize: (message: Uint8Array) => Buffer,
    deserialize: (bytes: Buffer) => Buffer,
  ): GrpcCall;
  getChannel(): object;
  close(): void;
}

/** The parts of `@grpc/grpc-js` that are used. */
export interface Grpc {
  readonly Client: new (
    address: string,
    credentials: unknown,
    options: Readonly<Record<string, number>>,
  ) => GrpcClient;
  readonly credentials: { createInsecure(): unknown };
}

/** Loads the optional package. @throws if it is not installed */
export const loadGrpc = (): Grpc => optionalRequire('@grpc/grpc-js') as Grpc;
