import type { ExportAccounting } from './export-accounting.js';
import { printLastWarning } from './print-warning.js';

const ADVICE =
  'Set OTEL_EXPORTER_OTLP_ENDPOINT to the URL of a collector, or OTEL_TRACES_EXPORTER, OTEL_METRICS_EXPORTER and ' +
  'OTEL_LOGS_EXPORTER to none; with a configuration file, correct its exporters.';
const ADVICE_IF_REJECTED = 'See the log and the limits of the collector.';

/** Writes one line that says what was lost and how to mend it. */
export function printLoss(accounting: ExportAccounting): void {
  const loss = accounting.takeLoss();
  if (loss === undefined) return;
  const problem = loss.problem === undefined ? '' : ` (${loss.problem})`;
  const advice = loss.isRejected ? ADVICE_IF_REJECTED : ADVICE;
  printLastWarning(`lost ${loss.counts}${problem}. ${advice}`);
}
