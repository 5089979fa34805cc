import type { IncomingMessage } from 'node:http';
import type { TokenCheck } from '../configuration/token.js';
import { HttpBatch } from './http-batch.js';
import { BodyError, readBody } from './http-body.js';
import { checkRequest, shuttingDown } from './http-request.js';
import type { HttpAnswer, HttpHandler } from './http-server.js';
import { QUEUE_LINES } from './limits.js';
import { countLines, withoutMark } from './line-buffer.js';
import type { Pipeline } from './pipeline.js';

/** Path that receives events. */
export const EVENTS_PATH = '/v1/events';
const CONTENT_TYPES = ['application/x-ndjson'];

/** Receives events: `POST /v1/events`. */
export class EventsEndpoint implements HttpHandler {
  readonly input = 'http';
  readonly #pipeline: Pipeline;
  readonly #checkToken: TokenCheck | undefined;

  constructor(pipeline: Pipeline, checkToken?: TokenCheck) {
    this.#pipeline = pipeline;
    this.#checkToken = checkToken;
  }

  /** Processes the whole batch, or throws BodyError. */
  async receive(request: IncomingMessage, isStopping: () => boolean): Promise<HttpAnswer> {
    const pipeline = this.#pipeline;
    const { counts } = pipeline;
    const onUnauthorized = () => {
      counts.refused('http', 'unauthorized');
      counts.changed();
    };
    const checkToken = this.#checkToken;
    checkRequest(request, { paths: [EVENTS_PATH], checkToken, onUnauthorized, isStopping });
    const body = await readBody(request, pipeline, CONTENT_TYPES);
    const bytes = withoutMark(body.bytes);
    const count = countLines(bytes, QUEUE_LINES);
    try {
      if (count > QUEUE_LINES) throw new BodyError(413, `more than ${QUEUE_LINES} lines`);
      if (isStopping()) throw shuttingDown();
      if (!pipeline.hasRoomFor(count)) throw BodyError.full();
    } finally {
      body.release();
    }
    const batch = new HttpBatch();
    await new Promise<void>((done) => pipeline.add(batch, { bytes, count }, done));
    return answer(batch.isRefused ? 400 : 200, batch.result);
  }

  refuse({ status, reason, headers }: BodyError): HttpAnswer {
    return answer(status, { error: reason }, headers);
  }
}

const answer = (
  status: number,
  content: object,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer => ({
  status,
  headers,
  contentType: 'application/json',
  content: `${JSON.stringify(content)}\n`,
});
