// `node --import ./scripts/backends/environment.mjs …`: sends telemetry to the backends that are up, unless told otherwise.
import { environmentOf } from './backends.mjs';
import { readState } from './state.mjs';

const backends = readState();
if (backends !== undefined)
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT ??= environmentOf(backends).OTEL_EXPORTER_OTLP_ENDPOINT;
