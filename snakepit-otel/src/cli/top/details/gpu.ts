import type { GpuMetric } from '../../../page/contract.js';
import { column, columnRight, type Row, row } from '../../terminal/row.js';
import type { Style } from '../../terminal/style.js';
import type { Context } from '../context.js';
import { formatAge, formatGib, formatPercent, formatWhole } from '../format.js';
import { gpuState } from '../gpu-state.js';
import type { LiveGpu } from '../model/live-state.js';
import { chart } from '../panels/charts.js';
import { partsOptions, rangeText } from '../panels/gpus.js';
import { titleRow } from '../panels/panel.js';
import { processTable } from '../panels/processes.js';
import { factRows } from './text.js';
import { type DetailView, goneRow } from './view.js';

interface Charted {
  readonly metric: GpuMetric;
  readonly label: string;
  readonly style: Style;
  readonly maximum: (gpu: LiveGpu) => number | undefined;
  readonly text: (value: number | null) => string;
}

const CHARTS: readonly Charted[] = [
  {
    metric: 'memory',
    label: 'memory GiB',
    style: 'blue',
    maximum: ({ memoryLimit }) => memoryLimit,
    text: formatGib,
  },
  { metric: 'utilization', label: 'busy', style: 'cyan', maximum: () => 1, text: formatPercent },
  {
    metric: 'power',
    label: 'power W',
    style: 'yellow',
    maximum: ({ powerLimit }) => powerLimit,
    text: formatWhole,
  },
  {
    metric: 'temperature',
    label: 'temp °C',
    style: 'magenta',
    maximum: ({ slowdownTemperature }) => slowdownTemperature ?? 100,
    text: formatWhole,
  },
  { metric: 'clock', label: 'clock MHz', style: 'green', maximum: () => undefined, text: formatWhole },
];
const LABEL_WIDTH = 20;
const MAX_CHART_HEIGHT = 6;

/** A GPU: a chart for each reading, its processes and what it is. */
export const gpuDetail: DetailView = (context, id, width, height) => {
  const gpu = context.state.gpus.get(id);
  if (gpu === undefined) return [goneRow('GPU')];
  const processes = gpu.processes.map((process) => ({ ...process, device: id }));
  const processHeight = Math.min(1 + Math.max(1, processes.length), Math.max(3, Math.floor(height * 0.3)));
  const charts = CHARTS.filter(({ metric }) => gpu.history.last(metric) !== null);
  const chartHeight = Math.max(
    1,
    Math.min(MAX_CHART_HEIGHT, Math.floor((height - processHeight - 6) / Math.max(1, charts.length))),
  );
  return [
    titleRow(
      { name: `GPU ${id}`, note: [gpu.name, rangeText(context.state.range)].filter(Boolean).join(' · ') },
      width,
      true,
    ),
    stateRow(gpu, context),
    ...charts.flatMap((charted) => chartRows(charted, gpu, context, width, chartHeight)),
    titleRow({ name: 'Processes', note: 'by memory' }, width, false),
    ...processTable(processes, context, width, processHeight),
    ...factRows([
      ['uuid', gpu.uuid],
      ['PCI address', gpu.pciAddress],
      ['driver', gpu.driverVersion],
      ['throttled by', gpu.throttleReasons],
    ]),
  ];
};

function stateRow(gpu: LiveGpu, context: Context): Row {
  const { text, style } = gpuState(gpu, context);
  return row([` ${text}`, style], [`  last read ${formatAge(context.now - gpu.lastSeen)} ago`, 'dim']);
}

function chartRows(
  { metric, label, style, maximum, text }: Charted,
  gpu: LiveGpu,
  context: Context,
  width: number,
  height: number,
): Row[] {
  const values = gpu.history.parts(metric, Math.max(1, width - LABEL_WIDTH - 1), partsOptions(context));
  const limit = maximum(gpu);
  const greatest = values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
  const top = limit ?? Math.max(greatest, 1);
  return chart(values, top, height).map((line, index) => {
    if (index > 0) return row([' '.repeat(LABEL_WIDTH)], [line, style]);
    const last = text(gpu.history.last(metric));
    return row([` ${column(label, 11)}`, 'dim'], [columnRight(last, 7), 'bold'], [' '], [line, style]);
  });
}
