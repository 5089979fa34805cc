import { connect, type Socket } from 'node:net';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
import { onTestFinished } from 'vitest';
import type { Host, Snapshot, StreamMessages } from '../../src/page/contract.js';
import { Page, type PageOptions } from '../../src/page/page.js';

const HOST: Host = {
  name: 'test',
  version: '0.0.0',
  platform: 'linux x64',
  pid: 1,
  startedAt: 0,
  serviceName: 'test',
  gpuIntervalMs: 1000,
  samplesGpus: true,
  includesSensitive: false,
  sources: [],
  addresses: [],
};

/** Starts a page, which is closed after the test, and records the spans and events of this process on it. */
export async function startPage(options: Partial<PageOptions> = {}) {
  const page = new Page({
    host: '127.0.0.1',
    port: 0,
    allowHosts: [],
    token: undefined,
    assets: '/nowhere',
    gpuIntervalMs: 1000,
    includeSensitive: false,
    customEvents: {},
    describeHost: () => HOST,
    delivery: () => [],
    ...options,
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const provider = new NodeTracerProvider({ spanProcessors: [page.spans] });
  const instrumentation = new SnakepitInstrumentation({ enabled: false });
  instrumentation.setTracerProvider(provider);
  instrumentation.enable();
  const port = await page.listen();
  const url = `http://127.0.0.1:${port}`;
  onTestFinished(async () => {
    instrumentation.disable();
    context.disable();
    await provider.shutdown();
    await page.close();
  });
  const get = (path: string, headers: Record<string, string> = {}) => fetch(`${url}${path}`, { headers });
  return {
    page,
    store: page.store,
    port,
    url,
    tracer: provider.getTracer('test'),
    get,
    snapshot: async (range = '15m') =>
      (await (await get(`/api/v1/snapshot?range=${range}`)).json()) as Snapshot,
  };
}

/** A message of a stream as it was received. */
export interface Received<E extends keyof StreamMessages = keyof StreamMessages> {
  readonly event: E;
  readonly id: string | undefined;
  readonly data: StreamMessages[E];
}

/** Opens a stream, which is closed after the test, and records its messages. */
export async function openStream(url: string, headers: Record<string, string> = {}) {
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  const response = await fetch(url, { headers, signal: abort.signal });
  const messages: Received[] = [];
  const state = { isEnded: false, comments: 0 };
  const read = async () => {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const message = parseMessage(block);
        if (message === undefined) state.comments++;
        else messages.push(message);
      }
    }
  };
  void read()
    .catch(() => {})
    .finally(() => {
      state.isEnded = true;
    });
  return {
    status: response.status,
    messages,
    state,
    close: () => abort.abort(),
    /** Messages of one kind. */
    of: <E extends keyof StreamMessages>(event: E) =>
      messages.filter((message): message is Received<E> => message.event === event),
  };
}

function parseMessage(block: string): Received | undefined {
  const lines = block.split('\n').map((line) => /^(\w*): ?(.*)$/.exec(line) ?? []);
  const field = (name: string) => lines.find(([, key]) => key === name)?.[2];
  const data = field('data');
  if (data === undefined) return undefined;
  return { event: field('event') as Received['event'], id: field('id'), data: JSON.parse(data) };
}

/** Sends a request as bytes. The connection is closed after the test. */
export function rawRequest(port: number, text: string): Socket {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  socket.write(text);
  return socket;
}

/** Sends a request as bytes, and returns the whole answer. */
export function rawAnswer(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = rawRequest(port, text);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('close', () => resolve(answer));
  });
}
