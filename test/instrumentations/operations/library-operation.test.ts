import { type Attributes, SpanKind } from '@opentelemetry/api';
import { NodeTracerProvider, type Sampler, SamplingDecision } from '@opentelemetry/sdk-trace-node';
import { expect, onTestFinished, test } from 'vitest';
import { SnakepitInstrumentation } from '../../../src/index.js';
import { startOperation } from '../../../src/instrumentations/operations/library-operation.js';

test('a sampler decides by the attributes of an operation', () => {
  const asked: [string, SpanKind, Attributes][] = [];
  const sampler: Sampler = {
    shouldSample(_context, _traceId, name, kind, attributes) {
      asked.push([name, kind, attributes]);
      const isWanted = attributes['snakepit.pool'] !== 'noisy';
      return { decision: isWanted ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD };
    },
    toString: () => 'by pool',
  };
  const instrumentation = new SnakepitInstrumentation();
  const tracerProvider = new NodeTracerProvider({ sampler });
  instrumentation.setTracerProvider(tracerProvider);
  onTestFinished(async () => {
    instrumentation.disable();
    await tracerProvider.shutdown();
  });

  const isRecorded = (pool: string, kind?: SpanKind) =>
    startOperation({
      library: 'piscina',
      options: { requireParentSpan: false },
      spanName: 'resize',
      ...(kind !== undefined && { kind }),
      attributes: { 'snakepit.pool': pool },
      metadata: {},
      info: {},
    }).span.isRecording();

  expect(isRecorded('images')).toBe(true);
  expect(isRecorded('noisy', SpanKind.CLIENT)).toBe(false);
  expect(asked).toEqual([
    ['resize', SpanKind.INTERNAL, { 'snakepit.pool': 'images' }],
    ['resize', SpanKind.CLIENT, { 'snakepit.pool': 'noisy' }],
  ]);
});
