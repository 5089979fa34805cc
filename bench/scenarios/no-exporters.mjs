// Compares events and spans with exporters `none` with unobserved ones.
import { startTelemetry } from 'snakepit-otel';
import { report } from '../compare.mjs';
import { compareWithUnobserved } from '../unobserved.mjs';

let telemetry;
report(
  await compareWithUnobserved('exporters none', {
    enter: () => {
      telemetry = startTelemetry({ traces: [], metrics: [], logs: [], handleSignals: false });
    },
    leave: () => telemetry.shutdown(),
  }),
);
