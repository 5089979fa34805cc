import type { ReadonlySignal } from '@preact/signals';
import type { GpuMetric } from '../../contract.js';
import { Chart } from '../charts/chart.js';
import { metricChart } from '../charts/metric-chart.js';
import type { GpuModel } from '../data/gpu-model.js';
import { formatTime } from '../format.js';
import { rangeMs } from '../state.js';

interface MetricProps {
  readonly gpu: GpuModel;
  readonly metric: GpuMetric;
  readonly label: string;
  readonly unit: string;
  readonly color: string;
  /** Factor from the unit of the contract to the unit shown. */
  readonly scale?: number;
  readonly value: number | undefined;
  readonly note?: string;
  readonly top: () => number;
  readonly limit?: () => number | undefined;
  readonly version: ReadonlySignal<unknown>;
  readonly onCursor: (text: string | undefined) => void;
}

/** A reading with its history. One that the source does not read is not shown. */
export function Metric({
  gpu,
  metric,
  label,
  unit,
  scale = 1,
  value,
  note,
  version,
  onCursor,
  ...chart
}: MetricProps) {
  const text = value === undefined ? '–' : `${Math.round(value * scale)}`;
  const describe = (index: number) => {
    const mean = gpu.columns.mean[metric][index] ?? null;
    const time = formatTime((gpu.columns.time[index] ?? 0) * 1000);
    return `${time}: ${label.toLowerCase()} ${mean === null ? 'not read' : `${Math.round(mean * scale)} ${unit}`}`;
  };
  return (
    <div class="metric">
      <div class="mtext">
        <div class="mlabel">{label}</div>
        <div class="mval">
          {text}
          <small>{unit}</small>
        </div>
        <div class="msub">{note}</div>
      </div>
      <Chart
        class={`p-spark m-${metric}`}
        label={`${gpu.device} ${label.toLowerCase()}, last ${rangeMs.value / 60_000} minutes, now ${text} ${unit}`}
        build={() =>
          metricChart(gpu, {
            ...chart,
            metric,
            hasThrottleStrip: metric === 'utilization',
          })
        }
        version={version}
        describe={describe}
        onCursor={onCursor}
      />
    </div>
  );
}
