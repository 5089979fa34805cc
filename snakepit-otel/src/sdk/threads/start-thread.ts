// Records the spans of a worker thread, which the main thread exports. Loads no exporter and reads no configuration.
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
import { processState } from 'opentelemetry-instrumentation-snakepit/internal';
import { withoutVariables } from '../../configuration/with-environment.js';
import { registerGlobally } from '../globals.js';
import { RequestIdGenerator } from '../id-generator.js';
import { buildPropagator } from '../propagator.js';
import { buildSampler } from '../sampler.js';
import type { Telemetry } from '../telemetry.js';
import { SpanReceiver } from './span-receiver.js';
import { SpanSender } from './span-sender.js';
import type { ThreadSettings } from './thread-settings.js';

/** Starts the telemetry of this thread, once. */
export function startThread({ sampler, spanLimits, propagators, spans, backlog }: ThreadSettings): void {
  const running = processState<{ telemetry?: Telemetry | undefined }>('telemetry', () => ({}));
  if (running.telemetry !== undefined) return;
  const sender = new SpanSender(backlog);
  // Threads of this thread.
  const receiver = new SpanReceiver(backlog, (span) => sender.add(span));
  const tracerProvider = withoutVariables(
    () =>
      new NodeTracerProvider({
        sampler: buildSampler(sampler),
        spanLimits,
        idGenerator: new RequestIdGenerator(),
        spanProcessors: [sender],
      }),
  );
  const unregisterGlobally = registerGlobally({ tracerProvider, propagator: buildPropagator(propagators) });
  const instrumentation = new SnakepitInstrumentation({ spans, enabled: false });
  const unregister = registerInstrumentations({ instrumentations: [instrumentation], tracerProvider });
  instrumentation.enable();

  const flush = () => {
    receiver.drain();
    sender.send();
  };
  process.prependListener('exit', flush);
  const shutdown = async () => {
    if (running.telemetry === telemetry) running.telemetry = undefined;
    process.off('exit', flush);
    receiver.stop();
    await tracerProvider.shutdown();
    unregister();
    unregisterGlobally();
  };
  const telemetry: Telemetry = {
    ready: Promise.resolve(),
    pageUrl: undefined,
    forceFlush: async () => flush(),
    shutdown,
    [Symbol.asyncDispose]: shutdown,
  };
  running.telemetry = telemetry;
}
