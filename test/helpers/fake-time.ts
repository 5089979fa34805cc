import { onTestFinished, vi } from 'vitest';

/** Stops the clocks and timers until the end of the test. Call it after the host was set up, whose shutdown needs real timers. */
export function fakeTime(): void {
  vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
}
