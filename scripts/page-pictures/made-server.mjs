// Serves the built page with made data (see made-data.mjs), for pictures and for measurements of the page. Tests use the real server.
// `node scripts/page-pictures/made-server.mjs [gpus] [empty]` serves it until Ctrl-C.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import * as made from './made-data.mjs';

const PAGE = new URL('../../snakepit-otel/dist/page/', import.meta.url);
const TYPES = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript',
  css: 'text/css',
  svg: 'image/svg+xml',
};
const HEADERS = {
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};
const LIMITS = { traces: 200, spans: 20_000, spansPerTrace: 5000, errors: 200, events: 2000, seconds: 3600 };

/** Starts a server of a made host. `send(name, data)` sends a message to every page. */
export async function startMadeServer({
  gpus = 2,
  traces = 200,
  events = 60,
  isEmpty = false,
  isQuiet = isEmpty,
  tickMs = 1000,
  now = Date.now(),
} = {}) {
  const devices = Array.from({ length: isEmpty ? 0 : gpus }, (_, index) => new made.MadeGpu(index, now));
  const large = JSON.stringify(made.largeTrace(now, 5000));
  const clients = new Set();
  let seq = 0;
  const write = (response, name, data) =>
    response.write(`id: made-${seq}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  const send = (name, data) => {
    seq += 1;
    for (const client of clients) write(client, name, data);
  };
  const snapshot = (range) => {
    const time = tickMs > 0 ? Math.max(now, Date.now()) : now;
    return {
      v: 1,
      boot: 'made',
      seq,
      now: time,
      range,
      host: made.madeHost(now, isEmpty),
      limits: LIMITS,
      gpus: devices.map((gpu) => gpu.snapshot(range, time)),
      pools: isQuiet ? [] : made.madePools(now),
      breakers: isQuiet ? [] : made.madeBreakers(now),
      traces: isQuiet ? [] : made.madeHeads(now, traces),
      errors: isQuiet ? [] : made.madeErrors(now),
      events: isQuiet ? [] : made.madeEvents(now, events),
      delivery: isQuiet
        ? made
            .madeDelivery(now)
            .map(({ lastError, lastSuccess, ...row }) => ({ ...row, state: 'waiting', sent: 0, queued: 0 }))
        : made.madeDelivery(now),
      problems: isQuiet ? [] : made.madeProblems(now),
    };
  };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const range = url.searchParams.get('range') ?? '15m';
    const [, , , kind, id] = url.pathname.split('/');
    if (url.pathname === '/api/v1/stream') {
      response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' });
      write(response, 'reset', { boot: 'made' });
      write(response, 'snapshot', snapshot(range));
      clients.add(response);
      response.once('close', () => clients.delete(response));
      return;
    }
    const sendJson = (body, status = 200) => {
      response.writeHead(status, { ...HEADERS, 'content-type': 'application/json' });
      response.end(body);
    };
    const json = (body) =>
      body === undefined ? sendJson('{ "error": "not kept" }', 404) : sendJson(JSON.stringify(body));
    if (kind === 'snapshot') return json(snapshot(range));
    if (kind === 'traces' && id?.startsWith('f')) return sendJson(large);
    if (kind === 'traces') {
      const head = made.madeHeads(now, traces).find((candidate) => candidate.id === id);
      return json(head && { ...made.madeTrace(now), head });
    }
    if (kind === 'errors') return json(made.madeErrorDetail(now, id));
    const name = url.pathname === '/' ? 'index.html' : url.pathname.slice(1);
    try {
      const body = await readFile(new URL(name, PAGE));
      response.writeHead(200, {
        ...HEADERS,
        'content-type': TYPES[name.split('.').at(-1) ?? ''] ?? 'text/plain',
      });
      response.end(body);
    } catch {
      response.writeHead(404, HEADERS).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const tick = () => {
    const ts = Date.now();
    const rows = devices.map((gpu) => [gpu.device, gpu.row(ts)]);
    send('tick', { ts, gpus: Object.fromEntries(rows.map(([device, { values }]) => [device, values])) });
  };
  const timer = tickMs > 0 && devices.length > 0 ? setInterval(tick, tickMs) : undefined;
  const { port } = server.address();
  return {
    url: `http://127.0.0.1:${port}/`,
    send,
    /** Resolves when the browser has taken what was sent. */
    drained: () =>
      Promise.all(
        [...clients]
          .filter((client) => client.writableNeedDrain)
          .map((client) => new Promise((resolve) => client.once('drain', resolve))),
      ),
    close: () => {
      clearInterval(timer);
      server.closeAllConnections();
      server.close();
    },
  };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [gpus = '2', kind] = process.argv.slice(2);
  const { url } = await startMadeServer({ gpus: Number(gpus), isEmpty: kind === 'empty' });
  console.log(url);
}
