// Tasks in a thread that has an SDK and the instrumentation of its own, as a host sets them up in the file of its tasks.
const workerThreads = require('node:worker_threads');
const { propagation, trace } = require('@opentelemetry/api');
const {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} = require('@opentelemetry/sdk-trace-node');
const { SnakepitInstrumentation } = require('opentelemetry-instrumentation-snakepit');

const { MessageChannel, MessagePort, receiveMessageOnPort, workerData } = workerThreads;
const exporter = new InMemorySpanExporter();
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
const instrumentation = workerData.isPlain ? undefined : new SnakepitInstrumentation();

const activeSpan = () => trace.getActiveSpan()?.spanContext().spanId;

/** Returns the active span at the start and after a pause, the parent of a span in the task, and a value of baggage. */
exports.inspect = async ({ pauseMs = 0 } = {}) => {
  const before = activeSpan();
  if (pauseMs > 0) await new Promise((done) => setTimeout(done, pauseMs));
  trace.getTracer('task').startSpan('inside').end();
  const [{ parentSpanContext }] = exporter.getFinishedSpans().slice(-1);
  exporter.reset();
  return {
    before,
    after: activeSpan(),
    parent: parentSpanContext?.spanId,
    tenant: propagation.getActiveBaggage()?.getEntry('tenant')?.value,
  };
};

exports.keysOf = (input) => Object.keys(input).sort();

/** Ports and listeners of the task's own, with messages that resemble those of tasks. */
exports.ownPorts = async () => {
  const { port1, port2 } = new MessageChannel();
  const message = { taskId: 1, filename: 'mine', name: 'mine', task: {} };
  let count = 0;
  const listener = function onMessage() {
    count++;
  }.bind(undefined);
  port1.postMessage(message);
  const received = receiveMessageOnPort(port2);
  port2.on('message', listener);
  port2.emit('message', message);
  port2.off('message', listener);
  const left = port2.listenerCount('message');
  port1.close();
  return { received, count, left, isNamed: listener.name === 'bound onMessage' };
};

const describe = (object, key) => {
  const { value, ...flags } = Object.getOwnPropertyDescriptor(object, key) ?? {};
  return { ...flags, name: value?.name, length: value?.length };
};
const methods = () => ({
  on: describe(MessagePort.prototype, 'on'),
  receive: describe(workerThreads, 'receiveMessageOnPort'),
});

exports.disable = () => {
  instrumentation?.disable();
  return methods();
};
exports.enable = () => instrumentation?.enable();
exports.isPatched = () => Object.hasOwn(MessagePort.prototype, 'on');
