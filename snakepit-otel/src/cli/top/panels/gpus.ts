import { column, columnRight, type Row, row, type Span } from '../../terminal/row.js';
import type { Context } from '../context.js';
import { formatGib, formatPercent, formatWhole } from '../format.js';
import { gpuState } from '../gpu-state.js';
import { listOf } from '../lists.js';
import type { LiveGpu } from '../model/live-state.js';
import { processStyle } from '../processes.js';
import { wrapText } from '../wrap-text.js';
import { spark, stackedBar } from './charts.js';
import { listRows, type Panel } from './panel.js';

/** Cells of the columns without bars and charts. */
const FIXED_WIDTH = 58;
const TRAIL_LABEL = 9;

export const gpusPanel: Panel = {
  title: ({ state }) => ({
    name: 'GPUs',
    note: [models(state.gpus.values()), rangeText(state.range)].filter(Boolean).join(' · '),
  }),
  minimum: 2,
  wanted: (context) =>
    1 +
    (listOf('gpus', context.state, context.view).length || Math.min(6, context.state.host.sources.length)),
  generous: (context) => 1 + 2 * listOf('gpus', context.state, context.view).length,
  rows: (context, width, height) => {
    const gpus = listOf('gpus', context.state, context.view);
    if (gpus.length === 0) return noGpuRows(context, width).slice(0, height);
    const layout = columnsOf(width);
    const hasTrails = height > 2 * gpus.length;
    const rows = listRows('gpus', context, height - 1, (gpu) => gpuRow(gpu, context, layout));
    if (!hasTrails) return [heading(layout), ...rows];
    return [
      heading(layout),
      ...rows.flatMap((line, index) => [line, trailRow(gpus[index] as LiveGpu, context, layout)]),
    ];
  },
};

interface Layout {
  readonly bar: number;
  readonly busy: number;
  /** 0 if there is no room for the chart. */
  readonly power: number;
}

function columnsOf(width: number): Layout {
  const free = Math.max(3, width - FIXED_WIDTH);
  const power = free >= 36 ? Math.floor(free * 0.2) : 0;
  const busy = Math.min(60, Math.floor((free - power) * 0.38));
  return { bar: Math.min(60, free - power - busy), busy, power };
}

function heading({ bar, busy, power }: Layout): Row {
  const text = ` ${column('DEVICE', 8)}${column('STATE', 11)}${column('MEMORY GiB', bar + 15)}${column('BUSY', busy + 7)}${column('POWER W', power + 10)}TEMP`;
  return row([text, 'dim']);
}

function gpuRow(gpu: LiveGpu, context: Context, { bar, busy, power }: Layout): Row {
  const { text, style } = gpuState(gpu, context);
  const isStale = style === 'dim' || gpu.isLost;
  const { history } = gpu;
  const muted = isStale ? 'dim' : undefined;
  const options = partsOptions(context);
  const spans: Span[] = [
    [` ${column(gpu.device, 8)}`, muted ?? 'bold'],
    [column(text, 11), style],
    ...memoryBar(gpu, bar, context),
    [columnRight(formatGib(isStale ? null : history.last('memory')), 6), muted ?? 'bold'],
    [column(gpu.memoryLimit === undefined ? '' : `/${formatGib(gpu.memoryLimit)}`, 9), 'dim'],
    [columnRight(formatPercent(isStale ? null : history.last('utilization')), 4), muted ?? 'bold'],
    [' '],
    [spark(history.parts('utilization', busy, options), 1), muted ?? 'cyan'],
    [columnRight(formatWhole(isStale ? null : history.last('power')), 6), muted ?? 'bold'],
    [column(gpu.powerLimit === undefined ? '' : `/${Math.round(gpu.powerLimit)}`, 5), 'dim'],
    [spark(history.parts('power', power, options), gpu.powerLimit ?? 1000), muted ?? 'yellow'],
    [columnRight(formatWhole(isStale ? null : history.last('temperature')), 4), temperatureStyle(gpu, muted)],
    [' °C', muted],
  ];
  return { spans };
}

const temperatureStyle = ({ history, slowdownTemperature = 200 }: LiveGpu, muted: 'dim' | undefined) =>
  muted ?? ((history.last('temperature') ?? 0) >= slowdownTemperature - 5 ? 'bold yellow' : '');

/** The memory of each process, then what is used besides. */
function memoryBar({ processes, history, memoryLimit }: LiveGpu, width: number, { state }: Context): Span[] {
  const used = history.last('memory') ?? 0;
  const running = processes.filter(({ goneAt, memory }) => goneAt === undefined && memory !== undefined);
  const known = running.reduce((sum, { memory = 0 }) => sum + memory, 0);
  const total = Math.max(memoryLimit ?? used, 1);
  const parts = running.map((process) => ({
    value: process.memory ?? 0,
    style: processStyle(process, state),
  }));
  return stackedBar([...parts, { value: Math.max(0, used - known), style: '' }], total, width);
}

function trailRow(gpu: LiveGpu, context: Context, { bar }: Layout): Row {
  const { history, memoryLimit } = gpu;
  const trail = spark(history.parts('memory', bar, partsOptions(context)), memoryLimit ?? 1);
  return row([`${' '.repeat(20)}${trail} memory`.padEnd(20 + bar + TRAIL_LABEL), 'dim']);
}

/** Says why no GPU is read, as the agent knows it. */
function noGpuRows({ state, view }: Context, width: number): Row[] {
  if (view.query !== '') return [row([' No GPU matches.', 'dim'])];
  if (!state.isLoaded) return [row([' Waiting for the first data.', 'dim'])];
  if (!state.host.samplesGpus) return [row([' This agent does not sample GPUs.', 'dim'])];
  const causes = state.host.sources.flatMap(({ name, cause, remedy }) =>
    cause === undefined
      ? []
      : wrapText(`${name}: ${cause}${remedy === undefined ? '' : `; ${remedy}`}`, width, 'dim'),
  );
  return [row([' No GPU is read: '], ['snakepit-otel doctor', 'bold'], [' explains why.']), ...causes];
}

/** As `2 × NVIDIA H100 80GB HBM3, 1 × NVIDIA L4`. */
function models(gpus: Iterable<LiveGpu>): string {
  const counts = new Map<string, number>();
  for (const { name = 'unnamed' } of gpus) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Array.from(counts, ([name, count]) => `${count} × ${name}`).join(', ');
}

const RANGE_TEXTS = { '5m': '5 min', '15m': '15 min', '1h': '1 h' } as const;
export const rangeText = (range: keyof typeof RANGE_TEXTS): string => RANGE_TEXTS[range] ?? range;

export const partsOptions = ({ state, now, intervalMs }: Context) => ({
  rangeMs: state.rangeMs,
  now,
  holdMs: 3 * Math.max(state.host.gpuIntervalMs, intervalMs),
});
