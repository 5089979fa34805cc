// A service that classifies a request in a thread of a pool. Prints its port.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { SpanKind, trace } from '@opentelemetry/api';

const { Piscina } = createRequire(process.env.LIBRARIES)('piscina');
const pool = new Piscina({
  filename: fileURLToPath(new URL('./classify.cjs', import.meta.url)),
  maxThreads: 1,
});
const tracer = trace.getTracer('service');

const server = createServer((_request, response) => {
  tracer.startActiveSpan('POST /classify', { kind: SpanKind.SERVER }, async (span) => {
    const label = await pool.run([1, 2, 3, 4, 5, 6]);
    span.end();
    response.end(JSON.stringify({ label, traceId: span.spanContext().traceId }));
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.once('SIGTERM', async () => {
  server.close();
  await pool.destroy();
});
