import type { DeliveryReport } from '../../../sdk/delivery-report.js';
import { column, type Row, row, type Span } from '../../terminal/row.js';
import type { Style } from '../../terminal/style.js';
import { textWidth } from '../../terminal/text-cells.js';
import type { Context } from '../context.js';
import { formatAge, formatCount } from '../format.js';
import { listOf } from '../lists.js';
import { listRows, type Panel } from './panel.js';

const STATES: Readonly<Record<DeliveryReport['state'], { symbol: string; style: Style }>> = {
  ok: { symbol: '✔', style: 'green' },
  failing: { symbol: '▲', style: 'bold yellow' },
  waiting: { symbol: '○', style: 'dim' },
};

/** One line with all exporters on the overview; in the view of its own, a table with errors. */
export const deliveryPanel: Panel = {
  title: () => ({ name: 'Delivery', note: '' }),
  minimum: 1,
  wanted: ({ state, view }) => (view.section === 'delivery' ? 3 * Math.max(1, state.delivery.size) : 1),
  rows: (context, width, height) => {
    const reports = listOf('delivery', context.state, context.view);
    if (reports.length === 0)
      return [row([' Nothing is exported: set OTEL_EXPORTER_OTLP_ENDPOINT to send it on.', 'dim'])];
    if (context.view.section !== 'delivery') return [summaryRow(reports, context, width)];
    const rowsPerReport = 2;
    return listRows('delivery', context, Math.floor(height / rowsPerReport), (report) =>
      reportRow(report, context),
    ).flatMap((line, index) => [line, addressRow(reports[index])]);
  },
};

/** The state of each exporter, failing ones first, in as many words as fit. */
function summaryRow(reports: readonly DeliveryReport[], { now }: Context, width: number): Row {
  const sorted = [...reports].sort((a, b) => Number(b.state === 'failing') - Number(a.state === 'failing'));
  const longRow = sorted.map((report) => summary(report, now, true));
  const isLong = longRow.reduce((sum, spans) => sum + spansWidth(spans), 0) <= width;
  return row(...(isLong ? longRow : sorted.map((report) => summary(report, now, false))).flat());
}

const spansWidth = (spans: readonly Span[]) => spans.reduce((sum, [text]) => sum + textWidth(text), 0);

function summary(report: DeliveryReport, now: number, isLong: boolean): Span[] {
  const { signal, exporter, state } = report;
  const { symbol, style } = stateOf(state);
  const name = isLong ? `${signal} ${exporter}` : signal;
  return [
    [' '],
    [symbol, style],
    [` ${name} `, 'bold'],
    [`${facts(report, now, isLong)} `, state === 'failing' ? '' : 'dim'],
  ];
}

function facts(
  { exporter, sent, lost, queued, lastSuccess, state }: DeliveryReport,
  now: number,
  isLong: boolean,
): string {
  const age = lastSuccess === undefined ? undefined : formatAge(now - lastSuccess);
  if (state === 'failing') {
    return [
      age === undefined ? 'never sent' : `no answer ${age}`,
      lost > 0 && `${formatCount(lost)} lost`,
      queued > 0 && `${formatCount(queued)} wait`,
    ]
      .filter(Boolean)
      .join(', ');
  }
  if (state === 'waiting') return exporter === 'prometheus' ? 'not scraped yet' : 'not sent yet';
  if (exporter === 'prometheus') return isLong ? `scraped ${age ?? ''} ago` : 'scraped';
  return [
    `${formatCount(sent)} sent`,
    (isLong || lost > 0) && `${formatCount(lost)} lost`,
    isLong && age !== undefined && `${age} ago`,
  ]
    .filter(Boolean)
    .join(', ');
}

function reportRow(report: DeliveryReport, { now }: Context): Row {
  const { symbol, style } = stateOf(report.state);
  return row(
    [` ${symbol} `, style],
    [`${column(report.signal, 8)} ${column(report.exporter, 12)}`, 'bold'],
    [` ${facts(report, now, true)}`],
  );
}

const addressRow = ({ address, lastError }: Partial<DeliveryReport> = {}): Row =>
  row(
    [address === undefined ? '' : `   ${address}`, 'dim'],
    [lastError === undefined ? '' : `   ${lastError}`, 'red'],
  );

const stateOf = (state: DeliveryReport['state']) => STATES[state] ?? STATES.waiting;
