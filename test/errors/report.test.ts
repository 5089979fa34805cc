import { expect, onTestFinished, test } from 'vitest';
import { subscribe } from '../../src/bus/bus.js';
import type { AnyEvent } from '../../src/catalog/any-event.js';
import { reportPythonError } from '../../src/errors/report.js';

test('an error is published as the event that it is classified as', () => {
  const events: AnyEvent[] = [];
  onTestFinished(subscribe('snakepit.error.device', (event) => events.push(event)));
  reportPythonError({
    type: 'RuntimeError',
    message:
      'Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu! (when checking argument for argument mat1 in method wrapper_CUDA_addmm)',
  });
  expect(events).toMatchObject([
    {
      name: 'snakepit.error.device',
      measurements: {},
      metadata: { expected_device: 'cuda:0', actual_device: 'cpu', operation: 'addmm' },
    },
  ]);
});
