import { DiagLogLevel, diag } from '@opentelemetry/api';
import { expect, onTestFinished, test, vi } from 'vitest';
import { attach, detach, execute, span } from '../../src/index.js';

function warnings(): () => string[] {
  const warn = vi.fn();
  const ignore = () => {};
  diag.setLogger(
    { warn, error: ignore, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  onTestFinished(() => diag.disable());
  return () => warn.mock.calls.map((words) => words.join(' '));
}

test('warns once about a misspelled event of the catalog, with the nearest name', { tags: ['H29'] }, () => {
  const warned = warnings();
  execute('snakepit.gpu.memory.sampeld' as 'snakepit.gpu.memory.sampled', { used_mb: 1 } as never);
  execute('snakepit.gpu.memory.sampeld' as 'snakepit.gpu.memory.sampled', { used_mb: 1 } as never);
  expect(warned()).toEqual([expect.stringContaining("Did you mean 'snakepit.gpu.memory.sampled'?")]);
  attach('misspelled', 'snakepit.error.omm' as 'snakepit.error.oom', () => {});
  onTestFinished(() => void detach('misspelled'));
  expect(warned().at(-1)).toContain("Did you mean 'snakepit.error.oom'?");
});

test('warns about no event of the catalog, of the host, or of a span', () => {
  const warned = warnings();
  execute('snakepit.circuit_breaker.closed', {}, { pool: 'p' });
  execute('myapp.gpu.memory.sampeld.start', {});
  span('snakepit.my.operation', {}, () => {});
  expect(warned()).toEqual([]);
});
