import { onTestFinished, vi } from 'vitest';
import { freePort } from '../../../../test/helpers/free-port.js';
import { startTelemetry, type TelemetryOptions } from '../../../src/index.js';

/** Starts the OTLP input, which forwards to an endpoint. It is stopped after the test. */
export async function startOtlp(endpoint: string, options: TelemetryOptions = {}) {
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', endpoint);
  onTestFinished(() => void vi.unstubAllEnvs());
  const port = Number(await freePort());
  const telemetry = startTelemetry({
    traces: ['otlp'],
    metrics: [],
    logs: [],
    handleSignals: false,
    inputs: { otlp: { port } },
    ...options,
  });
  onTestFinished(() => telemetry.shutdown());
  await telemetry.ready;
  const post = (path: string, body: Uint8Array | string, headers: Record<string, string>) =>
    fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: body as string, headers });
  return { telemetry, post };
}
