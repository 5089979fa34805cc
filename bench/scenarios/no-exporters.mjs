// Compares events and spans under an SDK whose signals have no exporters with unobserved ones.
import { startTelemetry } from 'snakepit-otel';
import { report } from '../compare.mjs';
import { compareWithUnobserved } from '../unobserved.mjs';

const signals = { traces: ['none'], metrics: ['none'], logs: ['none'] };
let telemetry;

report(
  await compareWithUnobserved('exporters none', {
    enter: () => {
      telemetry = startTelemetry({ ...signals, handleSignals: false });
    },
    leave: () => telemetry.shutdown(),
  }),
);
