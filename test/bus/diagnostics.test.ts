import { diag } from '@opentelemetry/api';
import { expect, onTestFinished, test } from 'vitest';
import { reportProblem } from '../../src/bus/diagnostics.js';
import { warnOnce } from '../../src/common/warn-once.js';
import { attach, detach } from '../../src/index.js';

function warnings(): string[] {
  const warned: string[] = [];
  const nothing = () => {};
  diag.setLogger(
    {
      verbose: nothing,
      debug: nothing,
      info: nothing,
      error: nothing,
      warn: (_component, ...parts: unknown[]) => void warned.push(parts.join(' ')),
    },
    { suppressOverrideMessage: true },
  );
  onTestFinished(() => diag.disable());
  return warned;
}

test('logs a problem once per cause, and counts it every time', () => {
  const warned = warnings();
  const counted: number[] = [];
  attach('counts', 'snakepit.telemetry.span.unmatched', ({ measurements: { count } }) => {
    counted.push(count);
  });
  onTestFinished(() => void detach('counts'));
  for (let i = 0; i < 3; i++) {
    reportProblem(
      'snakepit.telemetry.span.unmatched',
      { span: 'myapp.batch', problem: 'ended_twice' },
      'myapp.batch was never stopped',
    );
  }
  expect(warned).toEqual(['myapp.batch was never stopped (logged once; further ones are counted)']);
  expect(counted).toEqual([1, 1, 1]);
});

test('a warning without an event mentions no count', () => {
  const warned = warnings();
  for (let i = 0; i < 3; i++) warnOnce('There is another');
  expect(warned).toEqual(['There is another']);
});
