import { useComputed } from '@preact/signals';
import { Chart } from '../charts/chart.js';
import { tileChart } from '../charts/metric-chart.js';
import type { GpuModel } from '../data/gpu-model.js';
import { percent } from '../format.js';
import { Icon } from '../shell/icon.js';
import { formatRoute } from '../shell/route.js';
import { gpuInterval, now, route, store } from '../state.js';
import { gpuStatus, isStale } from './status.js';

/** One of many GPUs. Its link opens the card. */
export function GpuTile({ gpu }: { readonly gpu: GpuModel }) {
  // Time, which passes for all tiles at once, renders only those whose status it changes.
  const status = useComputed(() =>
    gpuStatus(gpu.now.value.info, store.errors.value, now.value, gpuInterval.value),
  ).value;
  const stale = useComputed(() => isStale(gpu.now.value.info, now.value, gpuInterval.value)).value;
  const isOpen = useComputed(() => route.value.section === 'gpu' && route.value.id === gpu.device).value;
  // Readings change their text and render nothing.
  const temperature = useComputed(() => rounded(gpu.now.value.temperature, ' °C', ''));
  const busy = useComputed(() => share(gpu.now.value.utilization, 1));
  const memory = useComputed(() => share(gpu.now.value.memory, gpu.now.value.info.memoryLimit));
  const power = useComputed(() => rounded(gpu.now.value.power));
  const label = useComputed(
    () => `${gpu.device} utilization and memory: ${busy.value} % busy, ${memory.value} % of memory`,
  );
  return (
    <section
      class={`card tile ${status?.level ?? ''}${stale ? ' stale' : ''}${isOpen ? ' chosen' : ''}`}
      aria-label={gpu.device}
    >
      <header>
        <h2>
          <a href={isOpen ? '#/' : formatRoute({ section: 'gpu', id: gpu.device })} aria-expanded={isOpen}>
            {gpu.device}
          </a>
        </h2>
        {status !== undefined && (
          <span class={`tl ${status.level}`}>
            <Icon level={status.level} />
            {status.short}
          </span>
        )}
        <span class="grow" />
        <span class="dim num">{temperature}</span>
      </header>
      <div class="tv">
        <span>
          <b class="num">{busy}</b>
          <small>% busy</small>
        </span>
        <span>
          <b class="num">{memory}</b>
          <small>% memory</small>
        </span>
        <span>
          <b class="num">{power}</b>
          <small>W</small>
        </span>
      </div>
      <Chart class="p-tile" label={label} build={() => tileChart(gpu)} version={gpu.now} />
    </section>
  );
}

function share(value: number | undefined, whole: number | undefined): string {
  return value === undefined || whole === undefined ? '–' : percent(value / whole);
}

function rounded(value: number | undefined, unit = '', absent = '–'): string {
  return value === undefined ? absent : `${Math.round(value)}${unit}`;
}
