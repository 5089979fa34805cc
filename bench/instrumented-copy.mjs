// Loads copies of a CommonJS library, so that one of them can be instrumented and the others stay as they are.
import { createRequire } from 'node:module';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';

const require = createRequire(import.meta.url);

/** Loads a library another time. @param {string} name */
export function copyOf(name) {
  forget(name);
  return require(name);
}

function forget(name) {
  for (const file of Object.keys(require.cache)) if (file.includes(`/${name}/`)) delete require.cache[file];
}

/**
 * Registers an SDK that records spans, and the instrumentation. Then loads a library another time.
 *
 * @param {string} name
 * @param {object} [config] options of the instrumentation
 */
export function instrumentedCopy(name, config) {
  const discard = { export: (_spans, done) => done({ code: 0 }), shutdown: async () => {} };
  const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(discard)] });
  provider.register();
  forget(name);
  registerInstrumentations({
    instrumentations: [new SnakepitInstrumentation(config)],
    tracerProvider: provider,
  });
  return { library: require(name), provider };
}
