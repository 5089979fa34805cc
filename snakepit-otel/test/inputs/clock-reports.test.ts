import { diag } from '@opentelemetry/api';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ClockReports } from '../../src/inputs/clock-reports.js';
import { Producer } from '../../src/inputs/producer.js';

test('a process that starts again and again with a wrong clock does not fill the log', () => {
  const warn = vi.fn();
  const ignore = () => {};
  diag.setLogger({ error: ignore, warn, info: ignore, debug: ignore, verbose: ignore });
  onTestFinished(() => diag.disable());
  const clocks = new ClockReports();
  for (let start = 0; start < 2000; start++) {
    const producer = new Producer(`start-${start}`);
    producer.offset.add(Date.now(), 1);
    clocks.check(producer);
    producer.isForgotten = true;
    clocks.publish();
  }
  expect(warn).toHaveBeenCalledTimes(32);
});
