// Requests of exporters must not keep a process alive that is done: its end exports the rest within a limit.
import type { Socket } from 'node:net';

/** Time between checks for a new connection while a gRPC call runs, ms. */
const CHECK_INTERVAL_MS = 50;

interface ConnectingAgent {
  createConnection(...args: unknown[]): Socket | undefined;
  reuseSocket(socket: Socket, request: unknown): void;
}

/** Makes all connections of an agent leave the process free to end. */
export function unrefAgent<T extends object>(agent: T): T {
  const changed = agent as unknown as Partial<ConnectingAgent>;
  const { createConnection, reuseSocket } = changed;
  if (createConnection === undefined || reuseSocket === undefined) return agent;
  changed.createConnection = (...args) => createConnection.call(agent as never, ...args)?.unref();
  changed.reuseSocket = (socket, request) => {
    reuseSocket.call(agent as never, socket, request);
    socket.unref();
  };
  return agent;
}

/** Private fields of grpc-js (1.14), which has no public way to release a connection while a call runs. */
interface GrpcChannel {
  readonly internalChannel?: {
    callRefTimerUnref?(): void;
    readonly wrappedSubchannels?: Iterable<{
      readonly child?: { readonly transport?: { readonly session?: { unref?(): void } } | null };
    }>;
  };
}

/** Makes the connections of a gRPC client leave the process free to end, until the returned function is called. */
export function unrefGrpcClient(client: { getChannel?(): object }): () => void {
  const unref = () => {
    const channel = (client.getChannel?.() as GrpcChannel | undefined)?.internalChannel;
    channel?.callRefTimerUnref?.();
    for (const { child } of channel?.wrappedSubchannels ?? []) child?.transport?.session?.unref?.();
  };
  const timer = setInterval(unref, CHECK_INTERVAL_MS).unref();
  return () => {
    unref();
    clearInterval(timer);
  };
}
