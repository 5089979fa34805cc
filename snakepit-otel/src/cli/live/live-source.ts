import type { Range, Snapshot } from '../../page/contract.js';
import type { AgentClient, AgentError } from './agent-client.js';
import { followStream, type MessageListener } from './stream-client.js';

const EXPORT_IDLE_MS = 30_000;

export interface FollowOptions {
  readonly range: Range;
  readonly onMessage: MessageListener;
  readonly onOpen: () => void;
  readonly onLost: (error: AgentError) => void;
  readonly signal: AbortSignal;
}

/** Where `top` takes its data from. */
export interface LiveSource {
  /** Name for people. */
  readonly origin: string;
  /** Delivers a snapshot and what changes, until the signal aborts. @throws AgentError (as a rejection) if it cannot */
  follow(options: FollowOptions): Promise<void>;
  snapshot(range: Range): Promise<Snapshot>;
  /** Requests what the stream does not have. @param path as `/api/v1/traces/ID` @throws AgentError (as a rejection) */
  json<T>(path: string): Promise<T>;
  /** Requests what is written to a file. @throws AgentError (as a rejection) */
  open(path: string): Promise<AsyncIterable<Buffer>>;
  close(): Promise<void>;
}

/** The page of a running agent. */
export class AgentSource implements LiveSource {
  readonly #client: AgentClient;

  constructor(client: AgentClient) {
    this.#client = client;
  }

  get origin(): string {
    return this.#client.origin;
  }

  follow({ range, ...options }: FollowOptions): Promise<void> {
    return followStream({ ...options, client: this.#client, query: `?range=${range}` });
  }

  snapshot(range: Range): Promise<Snapshot> {
    return this.#client.json(`/api/v1/snapshot?range=${range}`);
  }

  json<T>(path: string): Promise<T> {
    return this.#client.json(path);
  }

  open(path: string): Promise<AsyncIterable<Buffer>> {
    return this.#client.open(path, {}, EXPORT_IDLE_MS);
  }

  async close(): Promise<void> {}
}
