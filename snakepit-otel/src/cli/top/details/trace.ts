import { type SpanRow, spanRows } from '../../../page/client/span-rows.js';
import type { Trace, Span as TraceSpan } from '../../../page/contract.js';
import { column, columnRight, type Row, row, type Span } from '../../terminal/row.js';
import type { Context } from '../context.js';
import { formatCount, formatDuration, formatGib, formatJoules, formatTime } from '../format.js';
import { windowOf } from '../lists.js';
import { spark } from '../panels/charts.js';
import { titleRow } from '../panels/panel.js';
import { factRows } from './text.js';
import type { DetailView } from './view.js';

const MAX_INDENT = 12;
const MAX_TRACKS = 4;

/** The time axis of a trace, in cells. */
interface Axis {
  readonly start: number;
  readonly ms: number;
  readonly labels: number;
  readonly width: number;
}

/** A trace as a waterfall: the readings of its GPUs, then its spans, then the selected span. */
export const traceDetail: DetailView = (context, id, width, height) => {
  const loaded = context.trace(id);
  const title = (note: string) => titleRow({ name: 'Trace', note }, width, true);
  if (loaded === undefined) return [title(id), row([' Loading.', 'dim'])];
  if ('failure' in loaded) return [title(id), row([` ${loaded.failure}`, 'red'])];
  const trace = loaded.value;
  const nodes = spanRows(trace.spans, context.view.foldedSpans);
  const selected = Math.max(0, Math.min(context.view.offset, nodes.length - 1));
  const axis = axisOf(trace, width);
  const tracks = trackRows(trace, context, axis);
  const facts = selectedRows(nodes[selected]?.span, width, Math.max(2, Math.floor(height / 3)));
  const spanHeight = Math.max(1, height - 2 - tracks.length - facts.length);
  const { first, shown } = windowOf(nodes, selected, spanHeight);
  return [
    title(`${id} · ${trace.head.name}`),
    summaryRow(trace, width),
    ...tracks,
    ...shown.map((node, index) => ({
      ...spanRow(node, axis, context.view.foldedSpans),
      isSelected: first + index === selected,
    })),
    ...facts,
  ];
};

function axisOf({ spans, head }: Trace, width: number): Axis {
  const start = spans.reduce((least, span) => Math.min(least, span.start), head.start);
  const end = spans.reduce((most, span) => Math.max(most, span.start + span.ms), head.start + head.ms);
  const labels = Math.min(60, Math.max(30, Math.floor(width * 0.4)));
  return { start, ms: Math.max(end - start, 0.001), labels, width: Math.max(1, width - labels - 1) };
}

function summaryRow({ head, dropped }: Trace, width: number): Row {
  const { start, ms, spans, joules, peakMemory, devices, error } = head;
  const facts = [
    formatTime(start),
    formatDuration(ms),
    `${formatCount(spans)} spans${dropped > 0 ? `, ${formatCount(dropped)} not kept` : ''}`,
    joules === undefined ? '' : `${formatJoules(joules)} of the devices`,
    peakMemory === undefined ? '' : `peak ${formatGib(peakMemory)} GiB`,
    width >= 100 ? devices.join(', ') : '',
  ];
  return row([` ${facts.filter(Boolean).join(' · ')} `], [error === undefined ? '' : ` ✖ ${error}`, 'red']);
}

/** The GPUs of the trace on its time axis. */
function trackRows({ gpus }: Trace, { state }: Context, { start, ms, labels, width }: Axis): Row[] {
  return Object.entries(gpus)
    .slice(0, MAX_TRACKS)
    .flatMap(([device, series]) =>
      (['memory', 'power'] as const).flatMap((metric) => {
        const values = series.mean[metric] ?? [];
        const cells = Array.from({ length: width }, (_, cell) => {
          const index = Math.floor((start + ((cell + 0.5) / width) * ms - series.from) / series.step);
          return values[Math.max(0, Math.min(index, values.length - 1))] ?? null;
        });
        const greatest = cells.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
        if (greatest === 0) return [];
        const gpu = state.gpus.get(device);
        const limit = (metric === 'memory' ? gpu?.memoryLimit : gpu?.powerLimit) ?? greatest;
        const most = metric === 'memory' ? `${formatGib(greatest)} GiB` : `${Math.round(greatest)} W`;
        return [
          row(
            [` ${column(device, 8)} ${column(metric, 7)}`, 'dim'],
            [columnRight(most, labels - 18), 'dim'],
            [' '],
            [spark(cells, Math.max(limit, greatest)), metric === 'memory' ? 'blue' : 'yellow'],
          ),
        ];
      }),
    );
}

function spanRow({ span, level, hasChildren }: SpanRow, axis: Axis, folded: ReadonlySet<string>): Row {
  const fold = hasChildren ? (folded.has(span.id) ? '▸' : '▾') : ' ';
  const name = `${' '.repeat(Math.min(level - 1, MAX_INDENT) * 2)}${fold} ${span.name}`;
  const isError = span.status === 'error';
  return row(
    [` ${column(name, axis.labels - 11)}`, isError ? 'red' : ''],
    [`${columnRight(formatDuration(span.ms), 9)} `, 'dim'],
    ...bar(span, axis),
  );
}

/** The bar of a span, with its events as marks. */
function bar({ start, ms, status, events, device }: TraceSpan, axis: Axis): Span[] {
  const cellOf = (ts: number) =>
    Math.max(0, Math.min(axis.width - 1, Math.floor(((ts - axis.start) / axis.ms) * axis.width)));
  const first = cellOf(start);
  const last = Math.max(first, cellOf(start + ms - axis.ms / axis.width / 2));
  const marks = new Set(events.map(({ ts }) => cellOf(ts)));
  const style = status === 'error' ? 'red' : device === undefined ? 'blue' : 'green';
  const spans: Span[] = [[' '.repeat(first + 1)]];
  for (let cell = first; cell < axis.width && (cell <= last || marks.has(cell)); cell += 1) {
    spans.push(marks.has(cell) ? ['◆', 'bold yellow'] : ['━', style]);
  }
  return spans;
}

/** What is known of the selected span. */
function selectedRows(span: TraceSpan | undefined, width: number, height: number): Row[] {
  if (span === undefined) return [];
  const { name, kind, service, device, joules, peakMemory, statusMessage, events, attributes, start } = span;
  const facts = factRows(
    [
      ['service', `${service}, ${kind}`],
      ['device', device],
      ['energy', joules === undefined ? undefined : formatJoules(joules)],
      ['peak memory', peakMemory === undefined ? undefined : `${formatGib(peakMemory)} GiB`],
      ['error', statusMessage],
      ...events.map((event) => [`◆ ${formatDuration(event.ts - start)}`, eventText(event)] as const),
      ...Object.entries(attributes),
    ],
    28,
  );
  return [titleRow({ name: 'Span', note: name }, width, false), ...facts].slice(0, height);
}

const eventText = ({ name, attributes }: TraceSpan['events'][number]): string =>
  [name, ...Object.entries(attributes).map(([key, value]) => `${key}=${String(value)}`)].join(' ');
