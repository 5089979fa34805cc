import { diag } from '@opentelemetry/api';
import { expect, onTestFinished, test } from 'vitest';
import { reportProblem } from '../../src/bus/diagnostics.js';
import { warnOnce } from '../../src/common/warn-once.js';
import { attach, detach } from '../../src/index.js';

function warnings(): string[] {
  const said: string[] = [];
  const nothing = () => {};
  diag.setLogger(
    {
      verbose: nothing,
      debug: nothing,
      info: nothing,
      error: nothing,
      warn: (_component, ...parts: unknown[]) => void said.push(parts.join(' ')),
    },
    { suppressOverrideMessage: true },
  );
  onTestFinished(() => diag.disable());
  return said;
}

test('problems are told once by cause, and counted every time', () => {
  const said = warnings();
  const counted: number[] = [];
  attach('counts', 'snakepit.telemetry.span.unmatched', ({ measurements: { count } }) => {
    counted.push(count);
  });
  onTestFinished(() => void detach('counts'));
  for (let i = 0; i < 3; i++) {
    reportProblem(
      'snakepit.telemetry.span.unmatched',
      { span: 'myapp.batch', problem: 'no_stop' },
      'myapp.batch was never stopped',
    );
  }
  expect(said).toEqual(['myapp.batch was never stopped (told once; further ones are counted)']);
  expect(counted).toEqual([1, 1, 1]);
});

test('what is only said once claims no count', () => {
  const said = warnings();
  for (let i = 0; i < 3; i++) warnOnce('There is another');
  expect(said).toEqual(['There is another']);
});
