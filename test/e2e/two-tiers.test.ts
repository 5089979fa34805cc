// Runs agents and gateways as real Collectors on loopback: no trace is split, and tail sampling keeps the right ones.
import { afterAll, expect, test, vi } from 'vitest';
import { COLLECTOR_CONFIG } from '../../scripts/backends/install.mjs';
import { freePorts } from '../../scripts/backends/ports.mjs';
import { type Program, startProgram, stopProgram } from '../../scripts/backends/program.mjs';
import { eventually, runningBackends } from '../helpers/backends.js';
import { runModule } from '../helpers/child.js';

const { programs, folder, backends, traces } = await runningBackends();

const started: Program[] = [];
afterAll(async () => void (await Promise.all(started.map(stopProgram))), 60_000);

async function startTier(tier: 'agent' | 'gateway', name: string, env: Record<string, string>) {
  const ports = await freePorts({ grpc: 0, http: 0, health: 0, telemetry: 0, metrics: 0 });
  const program = await startProgram({
    name,
    command: programs.collector,
    args: ['--config', COLLECTOR_CONFIG, '--config', `${process.cwd()}/deploy/collector/${tier}.yaml`],
    env: {
      OTEL_COLLECTOR_GRPC_PORT: String(ports.grpc),
      OTEL_COLLECTOR_HTTP_PORT: String(ports.http),
      OTEL_COLLECTOR_HEALTH_PORT: String(ports.health),
      OTEL_COLLECTOR_TELEMETRY_PORT: String(ports.telemetry),
      COLLECTOR_PROMETHEUS_PORT: String(ports.metrics),
      ...env,
    },
    healthUrl: `http://127.0.0.1:${ports.health}/`,
    folder,
  });
  started.push(program);
  return ports;
}

/** Returns the number of spans that a Collector reports as accepted. */
async function acceptedSpans({ telemetry }: { telemetry: number }): Promise<number> {
  const page = await (await fetch(`http://127.0.0.1:${telemetry}/metrics`)).text();
  return [...page.matchAll(/^otelcol_receiver_accepted_spans(?:_total)?\{.*\} (\d+)$/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}

const TRACES = 200;

test('samples each trace as one, whichever agents its spans came through', async () => {
  const sampling = {
    SAMPLING_DECISION_WAIT: '6s',
    SAMPLING_PERCENTAGE: '0',
    JAEGER_OTLP_ENDPOINT: `127.0.0.1:${backends?.ports.jaegerOtlp}`,
  };
  const gateways = await Promise.all([1, 2].map((i) => startTier('gateway', `gateway-${i}`, sampling)));
  const hostnames = gateways.map(({ grpc }) => `127.0.0.1:${grpc}`).join(', ');
  const resolver = { GATEWAY_RESOLVER: `{static: {hostnames: [${hostnames}]}}` };
  const agents = await Promise.all([1, 2].map((i) => startTier('agent', `agent-${i}`, resolver)));

  // Each trace has spans of two services, each with its own agent. One trace in four matches a sampling policy.
  const result = await runModule(
    `import { ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
     import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
     import { resourceFromAttributes } from '@opentelemetry/resources';
     import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
     const providers = ${JSON.stringify(agents.map(({ http }) => http))}.map((port, i) => new NodeTracerProvider({
       resource: resourceFromAttributes({ 'service.name': i === 0 ? 'front' : 'workers' }),
       spanProcessors: [new BatchSpanProcessor(
         new OTLPTraceExporter({ url: \`http://127.0.0.1:\${port}/v1/traces\` }), { scheduledDelayMillis: 200 })],
     }));
     const [front, workers] = providers.map((provider) => provider.getTracer('test'));
     const now = Date.now();
     for (let i = 0; i < ${TRACES}; i++) {
       const kind = ['error', 'oom', 'slow'][i % 12] ?? 'plain';
       const request = front.startSpan('request', { attributes: { kind }, startTime: now - (kind === 'slow' ? 6000 : 10) }, ROOT_CONTEXT);
       const call = workers.startSpan('call', { attributes: { kind }, startTime: now - 8 }, trace.setSpan(ROOT_CONTEXT, request));
       const load = front.startSpan('load', { attributes: { kind }, startTime: now - 6 }, trace.setSpan(ROOT_CONTEXT, call));
       if (kind === 'error') call.setStatus({ code: SpanStatusCode.ERROR });
       if (kind === 'oom') load.addEvent('snakepit.error.oom', { 'snakepit.device': 'cuda:0' });
       for (const span of [load, call, request]) span.end(now);
     }
     await Promise.all(providers.map((provider) => provider.shutdown()));`,
  );
  expect(result).toMatchObject({ code: 0, stderr: '' });

  const expected = Array.from({ length: TRACES }, (_, i) => i % 12).filter((i) => i < 3).length;
  await vi.waitFor(async () => {
    const kept = await traces('front');
    expect(kept).toHaveLength(expected);
    for (const { spans } of kept) {
      expect(spans.map(({ operationName }) => operationName).sort()).toEqual(['call', 'load', 'request']);
      expect(spans.flatMap(({ tags }) => tags).filter(({ value }) => value === 'plain')).toEqual([]);
    }
  }, eventually);
  // The load was balanced: both gateways received traces.
  const accepted = await Promise.all(gateways.map(acceptedSpans));
  expect(accepted.reduce((a, b) => a + b)).toBe(3 * TRACES);
  for (const spans of accepted) expect(spans).toBeGreaterThan(TRACES / 2);
});
