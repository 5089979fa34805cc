import { errorMessage } from 'opentelemetry-instrumentation-snakepit/internal';
import type { StreamMessages } from '../../page/contract.js';
import { type AgentClient, type AgentError, agentError, isAgentError } from './agent-client.js';
import { SseParser } from './sse-parser.js';

/** The agent sends a comment every 15 s: without two of them, the connection is dead. */
const IDLE_MS = 35_000;
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 5000;

/** Receives what the stream sends: a message by its name. */
export type MessageListener = <K extends keyof StreamMessages>(name: K, data: StreamMessages[K]) => void;

interface StreamOptions {
  readonly client: AgentClient;
  /** Query of the stream, as `?range=5m`. @default '' */
  readonly query?: string;
  readonly onMessage: MessageListener;
  /** The connection stands. */
  readonly onOpen?: () => void;
  /** Resolves when more messages can be taken: until then, the connection is not read. */
  readonly untilReady?: () => Promise<void> | undefined;
  /** The connection is lost, and is tried again. */
  readonly onLost?: (error: AgentError) => void;
  readonly signal: AbortSignal;
}

/**
 * Follows the stream of an agent until the signal aborts. After a lost connection it resumes behind the last message that arrived;
 * the agent sends a snapshot if it cannot.
 *
 * @throws AgentError (as a rejection) if the agent refuses, or if the first connection fails
 */
export async function followStream(options: StreamOptions): Promise<void> {
  const { signal, onLost } = options;
  let lastId = '';
  let retryMs = FIRST_RETRY_MS;
  let wasOpen = false;
  while (!signal.aborted) {
    try {
      await readStream(options, lastId, (id) => {
        if (id !== '') lastId = id;
        retryMs = FIRST_RETRY_MS;
        wasOpen = true;
      });
    } catch (error) {
      if (signal.aborted) return;
      const reason = isAgentError(error) ? error : agentError(errorMessage(error), { cause: error });
      if (reason.isFinal || !wasOpen) throw reason;
      onLost?.(reason);
    }
    await pause(retryMs, signal);
    retryMs = Math.min(2 * retryMs, MAX_RETRY_MS);
  }
}

async function readStream(
  { client, query = '', onMessage, onOpen, untilReady, signal }: StreamOptions,
  lastId: string,
  onId: (id: string) => void,
): Promise<void> {
  const headers = {
    accept: 'text/event-stream',
    ...(lastId === '' ? undefined : { 'last-event-id': lastId }),
  };
  const response = await client.open(`/api/v1/stream${query}`, headers, IDLE_MS);
  const abort = () => void response.destroy();
  signal.addEventListener('abort', abort);
  try {
    if (signal.aborted) return abort();
    onOpen?.();
    const parser = new SseParser(({ event, data, id }) => {
      deliver(event, data, onMessage);
      onId(id);
    });
    for await (const chunk of response as AsyncIterable<Buffer>) {
      parser.push(chunk);
      // What is not read is the agent's to skip: nothing piles up here.
      await untilReady?.();
    }
    throw agentError(`The agent at ${client.origin} closed the connection.`);
  } finally {
    signal.removeEventListener('abort', abort);
    response.destroy();
  }
}

/** A message that cannot be read is a gap: one that was sent again would be no better. */
function deliver(event: string, data: string, onMessage: MessageListener): void {
  try {
    onMessage(event as keyof StreamMessages, JSON.parse(data));
  } catch (error) {
    if (isAgentError(error)) throw error;
    onMessage('gap', { from: 0, to: 0, reason: `a message cannot be read (${errorMessage(error)})` });
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
