// Values that an encoder or a Collector would refuse, exported over real OTLP exporters.

import { SpanStatusCode } from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { expect, onTestFinished, test } from 'vitest';
import { span } from '../../../src/index.js';
import { measured } from '../../../test/helpers/measured.js';
import { httpReceiver } from '../../../test/helpers/otlp-receiver.js';
import { instrumentedHost } from '../../../test/helpers/sdk.js';

test.each([
  ['http/json', JsonExporter],
  ['http/protobuf', ProtobufExporter],
])('one bad value does not cost the batch over %s', { tags: ['H11'] }, async (_protocol, Exporter) => {
  const collector = await httpReceiver();
  const host = instrumentedHost();
  const exporter = new Exporter({ url: `${collector.endpoint}/v1/traces` });
  const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] });
  onTestFinished(() => provider.shutdown());
  host.instrumentation.setTracerProvider(provider);
  const bad = [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1e308,
    -1e25,
    2n ** 70n,
    'a\ud800',
    [Number.NaN, 1],
    ['\udfff'],
  ];
  for (const value of bad) span('bad', { value, 'k\ud800': 1, score: value, good: 'kept' }, () => {});
  expect(() =>
    span('threw', () => {
      throw new Error('lone \ud800');
    }),
  ).toThrow();
  for (let i = 0; i < 20; i++) span('good', { i }, () => {});
  await provider.forceFlush();

  const [{ body } = { body: Buffer.alloc(0) }] = collector.exports;
  expect(collector.exports).toHaveLength(1);
  if (Exporter === ProtobufExporter) {
    expect(body.toString('latin1').match(/good/g)?.length).toBeGreaterThanOrEqual(20 + bad.length);
    return;
  }
  const text = body.toString();
  expect(text.isWellFormed()).toBe(true);
  expect(text).not.toMatch(/\\ud[89a-f]/i);
  const request = JSON.parse(text);
  const spans = request.resourceSpans[0].scopeSpans[0].spans;
  measured('spans exported of 29', spans.length);
  expect(spans).toHaveLength(bad.length + 1 + 20);
  const values = spans.flatMap(({ attributes }: { attributes: { key: string; value: object }[] }) =>
    attributes.flatMap(({ value }) => flat(value)),
  );
  for (const value of values) {
    const [[kind, content] = []] = Object.entries(value as object);
    // https://protobuf.dev/programming-guides/json/: an absent, null or too large value is refused with its request.
    expect(content, JSON.stringify(value)).toBeDefined();
    expect(content).not.toBeNull();
    if (kind === 'intValue') expect(String(content)).toMatch(/^-?\d{1,19}$/);
  }
  expect(spans.map(({ status }: { status: { code: number } }) => status.code)).toContain(
    SpanStatusCode.ERROR,
  );
});

const flat = (value: { arrayValue?: { values: object[] } }): object[] =>
  value.arrayValue === undefined ? [value] : value.arrayValue.values;
