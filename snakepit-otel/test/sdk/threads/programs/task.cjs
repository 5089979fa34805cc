const { parentPort } = require('node:worker_threads');
const { createTraceState, trace } = require('@opentelemetry/api');
const { span } = require('opentelemetry-instrumentation-snakepit');

/** Ends a span in the first part of the task that runs without a pause, and one later. */
exports.double = async (number) => {
  span('task.first', { number }, () => {});
  await null;
  return span('task.second', {}, (own) => {
    const linked = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 };
    own.addLink({
      context: { ...linked, traceState: createTraceState('k=v') },
      attributes: { kind: 'test' },
    });
    own.addEvent('half', { share: 0.5 });
    return number * 2;
  });
};

exports.fail = () =>
  span('task.failed', {}, () => {
    throw new TypeError('mine');
  });

/** Never ends, so that the thread is terminated. */
exports.hang = async () => {
  span('task.before', {}, () => {});
  trace.getTracer('task').startSpan('never ended');
  await null;
  parentPort.postMessage('begun');
  await new Promise(() => setInterval(() => {}, 1000));
};
