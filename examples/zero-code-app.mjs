// An application that publishes events and imports no SDK or exporter. Export them without code:
//   OTEL_TRACES_EXPORTER=console OTEL_METRICS_EXPORTER=none OTEL_LOGS_EXPORTER=none \
//     node --import snakepit-otel/register examples/zero-code-app.mjs
import { execute, span } from 'opentelemetry-instrumentation-snakepit';

span('nightly.batch', { pool: 'default' }, () => {
  execute('snakepit.error.dtype_mismatch', {}, { expected: 'float32', got: 'float64' });
});
