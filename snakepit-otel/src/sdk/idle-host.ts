import type { ExportAccounting } from './export-accounting.js';

/** Time between checks, ms. */
const CHECK_INTERVAL_MS = 250;
/** Resources that show no work of the host: its standard streams, and connections that an exporter opens. */
const NEUTRAL: readonly string[] = ['PipeWrap', 'TTYWrap', 'TCPConnectWrap', 'GetAddrInfoReqWrap'];

/**
 * Flushes when only exports keep the process alive. The event loop does not drain while a batch processor waits for an export, whose
 * timer it does not release.
 *
 * @returns a function that ends the checks
 */
export function flushIfHostIsIdle(accounting: ExportAccounting, flush: () => Promise<void>): () => void {
  const timer = setInterval(() => {
    const { timerCount } = accounting;
    if (timerCount > 0 && onlyExportsRemain(timerCount)) void flush();
  }, CHECK_INTERVAL_MS).unref();
  return () => clearInterval(timer);
}

/** Returns true if the process has no work beside exports with `timerCount` timers. */
function onlyExportsRemain(timerCount: number): boolean {
  const active = process.getActiveResourcesInfo();
  const timers = active.filter((type) => type === 'Timeout').length;
  return timers <= timerCount && active.every((type) => type === 'Timeout' || NEUTRAL.includes(type));
}
