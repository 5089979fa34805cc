import type { GpuMetric } from '../../contract.js';
import type { GpuModel } from '../data/gpu-model.js';
import { rangeMs, now as serverNow } from '../state.js';
import type { ChartContent } from './chart.js';
import { drawLimit, drawStrip } from './marks.js';
import { color, tint } from './palette.js';

interface MetricChartOptions {
  readonly metric: GpuMetric;
  readonly color: string;
  /** Top of the y axis. */
  readonly top: () => number;
  readonly limit?: () => number | undefined;
  readonly hasThrottleStrip?: boolean;
}

/** The part of the x axis that is shown, s since 1970. */
export function shownTime(gpu: GpuModel): { from: number; to: number } {
  const to = Math.max(gpu.columns.time.at(-1) ?? 0, gpu.now.peek().ts / 1000, serverNow.peek() / 1000 - 2);
  return { from: to - rangeMs.peek() / 1000, to };
}

/** A small chart of one reading: its mean, above an area from its least to its greatest value. */
export function metricChart(
  gpu: GpuModel,
  { metric, top, limit, hasThrottleStrip, ...options }: MetricChartOptions,
): ChartContent {
  return {
    options: {
      padding: [3, 0, 1, 0],
      axes: [{ show: false }, { show: false }],
      scales: { x: { time: false }, y: { range: () => [0, top()] } },
      series: [
        {},
        {
          stroke: () => color(options.color),
          fill: () => tint(options.color, 14),
          width: 1.25,
          points: { show: false },
        },
        { show: true, stroke: undefined, width: 0, points: { show: false } },
        { show: true, stroke: undefined, width: 0, points: { show: false } },
      ],
      bands: [{ series: [3, 2], fill: () => tint(options.color, 38) }],
      hooks: {
        draw: [
          (plot) => {
            const value = limit?.();
            if (value !== undefined) drawLimit(plot, value);
            if (hasThrottleStrip === true)
              drawStrip(plot, gpu.columns.time, gpu.columns.mean.throttle, '--warn');
          },
        ],
      },
    },
    data: () => {
      const { time, mean, min, max } = gpu.columns;
      return { data: [time, mean[metric], min[metric], max[metric]], ...shownTime(gpu) };
    },
  };
}

/** The chart of a tile: utilization, and the share of memory. */
export function tileChart(gpu: GpuModel): ChartContent {
  return {
    options: {
      padding: [3, 0, 1, 0],
      axes: [{ show: false }, { show: false }],
      scales: { x: { time: false }, y: { range: [0, 1.03] } },
      series: [
        {},
        {
          stroke: () => color('--c-util'),
          fill: () => tint('--c-util', 14),
          width: 1,
          points: { show: false },
        },
        { stroke: () => color('--s3'), width: 1.5, points: { show: false } },
      ],
    },
    data: () => {
      const { time, mean } = gpu.columns;
      const limit = gpu.now.peek().info.memoryLimit;
      const share = mean.memory.map((value) =>
        value === null || limit === undefined ? null : value / limit,
      );
      return { data: [time, mean.utilization, share], ...shownTime(gpu) };
    },
  };
}
