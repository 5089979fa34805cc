// `node --import ./scripts/backends/environment.mjs …`: sends telemetry to the running backends, unless an endpoint is set already.
import { environmentOf } from './backends.mjs';
import { readState } from './state.mjs';

const backends = readState();
if (backends !== undefined && process.env.OTEL_EXPORTER_OTLP_ENDPOINT === undefined)
  Object.assign(process.env, environmentOf(backends));
