// A program that uses the API only. Both distributions run it with `--import …/register`.
// PROBE_SPANS: number of spans and log records in a burst. PROBE_WAIT: time that it then goes on, ms.
const { writeSync } = require('node:fs');
const { createRequire } = require('node:module');
const { watchLag } = require('./watch-lag.cjs');

const fromHost = createRequire(`${process.cwd()}/program.js`);
const { context, metrics, propagation, trace } = fromHost('@opentelemetry/api');
const { logs } = fromHost('@opentelemetry/api-logs');

const TEXT = 'x'.repeat(5000);
const attributes = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`k${i}`, i === 0 ? TEXT : 'v']));
const spanContext = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 };
const links = Array.from({ length: 200 }, (_, i) => ({
  context: spanContext,
  attributes: i % 197 < 2 ? attributes : {},
}));

function work() {
  const span = trace.getTracer('probe').startSpan('probe', { attributes, links });
  for (let i = 0; i < 200; i++) span.addEvent('event', i > 197 ? attributes : {});
  span.end();
  logs.getLogger('probe').emit({ severityNumber: 17, body: 'probe', attributes });
  metrics.getMeter('probe').createCounter('probe.counter').add(1);
  metrics.getMeter('probe').createHistogram('probe.histogram').record(5);
}

const carrier = {};
const baggage = propagation.createBaggage({ k: { value: 'v' } });
propagation.inject(
  trace.setSpanContext(propagation.setBaggage(context.active(), baggage), spanContext),
  carrier,
);

const lag = watchLag();
process.once('exit', () => writeSync(1, `probe lag ${lag.maxMs()}\n`));
for (let i = 0; i < Number(process.env.PROBE_SPANS ?? 1); i++) work();
// Spans that follow show whether an exporter goes on after an export that has no end.
const waiting = setInterval(work, 100);
console.log('probe started');
setTimeout(
  () => {
    clearInterval(waiting);
    console.log(`probe done ${JSON.stringify(carrier)}`);
  },
  Number(process.env.PROBE_WAIT ?? 0),
);
