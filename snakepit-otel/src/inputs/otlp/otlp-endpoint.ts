import type { IncomingMessage } from 'node:http';
import type { TokenCheck } from '../../configuration/token.js';
import type { ExportSignal } from '../../sdk/export-signal.js';
import { type Encoding, ForwardedRequest } from '../../sdk/forwarding/forwarded-request.js';
import type { Forwarding } from '../../sdk/forwarding/forwarding.js';
import { BodyError, type BodyMemory, contentTypeOf, readBody } from '../http-body.js';
import { checkRequest, shuttingDown } from '../http-request.js';
import type { HttpAnswer, HttpHandler } from '../http-server.js';
import { lengthField, MalformedMessage } from '../protobuf.js';
import type { CallSpans } from './call-spans.js';
import { countJson, countProtobuf } from './count-items.js';
import { joinJson } from './join-json.js';
import { joinProtobuf } from './join-protobuf.js';
import type { ShownSpans } from './shown-spans.js';
import { readForSpans } from './span-usage.js';

const SIGNALS: Readonly<Record<string, ExportSignal>> = {
  '/v1/traces': 'traces',
  '/v1/metrics': 'metrics',
  '/v1/logs': 'logs',
};
const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';
/** Bytes of requests that are being read. */
const MAX_READING_BYTES = 32 * 1024 * 1024;
/** Number of the field with the text of a `google.rpc.Status`. */
const STATUS_MESSAGE = 2;
const EMPTY = new Uint8Array();

/** What the endpoint counts. */
export interface OtlpCounts {
  /** Counts spans that were received: how many were joined, and how many events report already. */
  spans(received: number, joined: number, repeated: number): void;
  refused(reason: string): void;
}

interface Options {
  readonly forwarding: Forwarding;
  readonly calls: CallSpans;
  readonly counts: OtlpCounts;
  readonly checkToken: TokenCheck | undefined;
  /** Receives spans after they were forwarded; absent if they are shown nowhere. */
  readonly shown?: ShownSpans | undefined;
}

/**
 * Receives OTLP of other processes, joins the spans of a request by their correlation ids, and forwards everything:
 * `POST /v1/traces`, `/v1/metrics`, `/v1/logs`. https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export class OtlpEndpoint implements HttpHandler {
  readonly input = 'otlp';
  readonly #options: Options;
  readonly #memory = readingMemory();
  #preparing: Promise<unknown> = Promise.resolve();

  constructor(options: Options) {
    this.#options = options;
  }

  async receive(request: IncomingMessage, isStopping: () => boolean): Promise<HttpAnswer> {
    const { forwarding, checkToken } = this.#options;
    const path = checkRequest(request, { paths: Object.keys(SIGNALS), checkToken, isStopping });
    const signal = SIGNALS[path] as ExportSignal;
    const encoding = encodingOf(request);
    const size = Number(request.headers['content-length'] ?? 0);
    switch (forwarding.readiness(signal, encoding, size)) {
      case 'full':
        throw BodyError.full();
      case 'no exporter':
        throw new BodyError(
          404,
          `no OTLP exporter of ${signal} is configured, to which they could be forwarded`,
        );
      case 'no JSON':
        throw new BodyError(415, `the exporter uses gRPC, which has no JSON: send ${PROTOBUF}`);
    }
    const body = await readBody(request, this.#memory, [PROTOBUF, JSON_TYPE]);
    try {
      if (signal === 'traces') await readForSpans(body.bytes);
      if (isStopping()) throw shuttingDown();
      const prepared = await this.#prepareInTurn(body.bytes, signal, encoding);
      // Forwarding may have stopped meanwhile; the client sends the request again.
      if (isStopping()) throw shuttingDown();
      if (prepared.length > 0) {
        forwarding.forward(signal, prepared);
        if (signal === 'traces') await this.#options.shown?.receive(prepared);
      }
    } catch (error) {
      throw error instanceof MalformedMessage ? new BodyError(400, error.message) : error;
    } finally {
      body.release();
    }
    return answer(200, encoding, encoding === 'json' ? '{}' : EMPTY);
  }

  refuse({ status, reason, headers }: BodyError, request: IncomingMessage): HttpAnswer {
    this.#options.counts.refused(String(status));
    const encoding = encodingOf(request);
    const content =
      encoding === 'json'
        ? JSON.stringify({ message: reason })
        : lengthField(STATUS_MESSAGE, Buffer.from(reason));
    return answer(status, encoding, content, headers);
  }

  /** Prepares one request at a time: a large one takes many times as much memory meanwhile. */
  #prepareInTurn(bytes: Buffer, signal: ExportSignal, encoding: Encoding): Promise<ForwardedRequest> {
    const prepared = this.#preparing.then(() => this.#prepare(bytes, signal, encoding));
    this.#preparing = prepared.catch(() => {});
    return prepared;
  }

  async #prepare(bytes: Buffer, signal: ExportSignal, encoding: Encoding): Promise<ForwardedRequest> {
    if (signal !== 'traces') {
      const count = await (encoding === 'json' ? countJson : countProtobuf)(bytes, signal);
      return new ForwardedRequest(bytes, encoding, count);
    }
    const { calls, counts } = this.#options;
    const { body, spans, joined, repeated } = await (encoding === 'json'
      ? joinJson(bytes, calls)
      : joinProtobuf(bytes, calls));
    counts.spans(spans + repeated, joined, repeated);
    return new ForwardedRequest(body, encoding, spans);
  }
}

const encodingOf = (request: IncomingMessage): Encoding =>
  contentTypeOf(request) === JSON_TYPE ? 'json' : 'protobuf';

const answer = (
  status: number,
  encoding: Encoding,
  content: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer => ({ status, headers, contentType: encoding === 'json' ? JSON_TYPE : PROTOBUF, content });

function readingMemory(): BodyMemory {
  let used = 0;
  return {
    reserve(bytes) {
      if (used > 0 && used + bytes > MAX_READING_BYTES) return false;
      used += bytes;
      return true;
    },
    release(bytes) {
      used -= bytes;
    },
  };
}
