import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import uPlot from 'uplot';
import type { GpuSeries, Trace } from '../../contract.js';
import { Chart, type ChartContent } from '../charts/chart.js';
import { drawMark } from '../charts/marks.js';
import { color, tint } from '../charts/palette.js';
import { formatGib } from '../format.js';
import { store } from '../state.js';

interface LaneProps {
  readonly trace: Trace;
  readonly device: string;
  readonly series: GpuSeries;
  /** Times of errors on the device, ms since the start of the trace. */
  readonly marks: readonly number[];
}

/** Memory and power of a GPU during a trace. */
export function GpuLane({ trace, device, series, marks }: LaneProps) {
  const version = useSignal(trace);
  const limit = useComputed(
    () => store.gpus.value.find((gpu) => gpu.device === device)?.now.value.info.memoryLimit ?? 0,
  ).value;
  useEffect(() => {
    version.value = trace;
  }, [trace]);
  const power = mean(series.mean.power);
  const peak = Math.max(0, ...(series.max?.memory ?? series.mean.memory).map((value) => value ?? 0));
  const peakText = peak > 0 ? `${formatGib(peak)} GiB` : '';
  return (
    <div class="wfrow lane" role="row">
      <span role="rowheader" class="lname">
        {device}
        <small>
          <i class="sw lmem" />
          memory <i class="ln c-pow" />
          power
        </small>
      </span>
      <span role="gridcell" class="lplot">
        <Chart
          class="p-lane"
          label={`${device} during the trace: memory up to ${peakText || 'not read'}, power ${power === undefined ? 'not read' : `${Math.round(power)} W on average`}`}
          build={() => laneChart(trace, series, marks, limit)}
          version={version}
          shape={`${trace.head.id} ${trace.head.ms} ${series.mean.memory.length}`}
        />
      </span>
      <span role="gridcell" class="num" />
      <span role="gridcell" class="num">
        {power !== undefined && (
          <>
            {Math.round(power)} W<small class="dim"> avg</small>
          </>
        )}
      </span>
      <span role="gridcell" class="num">
        {peakText}
      </span>
    </div>
  );
}

function laneChart(
  { head }: Trace,
  series: GpuSeries,
  marks: readonly number[],
  limit: number,
): ChartContent {
  const times = series.mean.memory.map((_, index) => (series.from - head.start + index * series.step) / 1000);
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  return {
    options: {
      padding: [4, 0, 2, 0],
      axes: [{ show: false }, { show: false }, { show: false }],
      scales: {
        x: { time: false },
        y: { range: (_, __, most) => [0, Math.max(1, limit, most ?? 1) * 1.04] },
        w: { range: (_, __, most) => [0, Math.max(1, most ?? 1) * 1.15] },
      },
      series: [
        {},
        {
          stroke: () => color('--s3'),
          fill: () => tint('--s3', 34),
          width: 1.5,
          paths: stepped,
          points: { show: false },
        },
        { scale: 'w', stroke: () => color('--c-pow'), width: 1.25, points: { show: false } },
      ],
      hooks: {
        draw: [
          (plot) => {
            for (const mark of marks) drawMark(plot, mark / 1000);
          },
        ],
      },
    },
    data: () => ({
      data: [times, series.mean.memory as (number | null)[], series.mean.power as (number | null)[]],
      from: 0,
      to: Math.max(0.001, head.ms / 1000),
    }),
  };
}

function mean(column: readonly (number | null)[]): number | undefined {
  const values = column.filter((value) => value !== null);
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}
