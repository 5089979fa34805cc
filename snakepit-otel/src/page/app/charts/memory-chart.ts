import type uPlot from 'uplot';
import type { GpuProcess } from '../../contract.js';
import type { GpuModel } from '../data/gpu-model.js';
import { formatGib, formatTime } from '../format.js';
import { lastOom } from '../gpus/status.js';
import { rangeMs, store } from '../state.js';
import type { ChartContent } from './chart.js';
import { drawLimit, drawMark } from './marks.js';
import { shownTime } from './metric-chart.js';
import { color, colorIndex, SERIES_COLORS, tint } from './palette.js';

/** Processes with a color of their own; the rest is one gray area. */
const MOST_PROCESSES = 6;

export function processOwner({ pool, command, pid }: GpuProcess): string {
  return pool ?? command ?? `${pid}`;
}

export function processColor(process: GpuProcess): string {
  return SERIES_COLORS[colorIndex(processOwner(process))] ?? '--s1';
}

/** Returns the processes that are drawn, the largest first, with ended ones of the range. */
export function chartedProcesses(gpu: GpuModel): GpuProcess[] {
  const largest = (pid: number) =>
    gpu.columns.processes.get(pid)?.memory.reduce<number>((most, value) => Math.max(most, value ?? 0), 0) ??
    0;
  return [...gpu.columns.processes.values()]
    .map(({ process }) => ({ process, memory: largest(process.pid) }))
    .toSorted((one, other) => other.memory - one.memory)
    .slice(0, MOST_PROCESSES)
    .map(({ process }) => process);
}

/** Memory by process, stacked up to the memory in use; the part of no process is gray. */
export function memoryChart(gpu: GpuModel, processes: readonly GpuProcess[]): ChartContent {
  // uPlot draws in the order of its series: the whole stack first, then what is below it.
  const layers = processes.map((process) => processColor(process)).reverse();
  return {
    options: {
      padding: [15, 0, 0, 0],
      scales: { x: { time: false }, y: { range: () => [0, topOf(gpu)] } },
      axes: [
        {
          size: 4,
          grid: { stroke: () => color('--line'), width: 1 },
          ticks: { show: false },
          splits: thirds,
          values: () => [],
        },
        {
          stroke: () => color('--muted'),
          font: '11px Inter, system-ui, sans-serif',
          size: 30,
          gap: 5,
          space: 26,
          incrs: [1, 2, 5, 10, 20, 40, 50, 100],
          grid: { stroke: () => color('--line'), width: 1 },
          ticks: { show: false },
        },
      ],
      series: [
        {},
        {
          stroke: () => color('--line2'),
          fill: () => tint('--line2', 34),
          width: 1.25,
          points: { show: false },
        },
        ...layers.map((name) => ({
          stroke: () => color(name),
          fill: () => tint(name, 36),
          width: 1.25,
          points: { show: false },
        })),
      ],
      hooks: { draw: [(plot) => drawMarks(plot, gpu)] },
    },
    data: () => ({ data: stack(gpu, processes), ...shownTime(gpu) }),
  };
}

function stack(gpu: GpuModel, processes: readonly GpuProcess[]): uPlot.AlignedData {
  const { time, mean, processes: known } = gpu.columns;
  const sums: number[] = new Array(time.length).fill(0);
  const layers = processes.map(({ pid }) => {
    const memory = known.get(pid)?.memory;
    return sums.map((sum, index) => {
      const next = sum + (memory?.[index] ?? 0);
      sums[index] = next;
      return mean.memory[index] === null && next === 0 ? null : next / 1024;
    });
  });
  const total = mean.memory.map((value, index) =>
    value === null ? null : Math.max(value, sums[index] ?? 0) / 1024,
  );
  return [time, total, ...layers.reverse()];
}

function topOf(gpu: GpuModel): number {
  const { memoryLimit } = gpu.now.peek().info;
  if (memoryLimit !== undefined) return memoryLimit / 1024;
  return Math.max(1, ...gpu.columns.max.memory.map((value) => (value ?? 0) / 1024)) * 1.1;
}

function thirds(plot: uPlot): number[] {
  const { min = 0, max = 0 } = plot.scales.x ?? {};
  const length = (max ?? 0) - (min ?? 0);
  return [1, 2].map((part) => (min ?? 0) + (length * part) / 3);
}

function drawMarks(plot: uPlot, gpu: GpuModel): void {
  const { memoryLimit } = gpu.now.peek().info;
  if (memoryLimit !== undefined)
    drawLimit(plot, memoryLimit / 1024, `installed ${formatGib(memoryLimit)} GiB`);
  const oom = lastOom(gpu.device, store.errors.peek());
  if (oom !== undefined) drawMark(plot, oom.ts / 1000, `OOM ${formatTime(oom.ts)}`);
}

/** Labels under the x axis, from the left to now. */
export function timeLabels(): string[] {
  const minutes = rangeMs.value / 60_000;
  const third = (part: number) => `${Number(((minutes * part) / 3).toFixed(1))}`;
  return [`${minutes} min ago`, third(2), third(1), 'now'];
}
