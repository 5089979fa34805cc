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
  const { info, memory, utilization, power, temperature } = gpu.now.value;
  // Time, which passes for all tiles at once, renders only those whose status it changes.
  const status = useComputed(() =>
    gpuStatus(gpu.now.value.info, store.errors.value, now.value, gpuInterval.value),
  ).value;
  const stale = useComputed(() => isStale(gpu.now.value.info, now.value, gpuInterval.value)).value;
  const isOpen = route.value.section === 'gpu' && route.value.id === gpu.device;
  const share =
    memory !== undefined && info.memoryLimit !== undefined ? percent(memory / info.memoryLimit) : '–';
  const busy = utilization === undefined ? '–' : percent(utilization);
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
        <span class="dim num">{temperature === undefined ? '' : `${Math.round(temperature)} °C`}</span>
      </header>
      <div class="tv">
        <span>
          <b class="num">{busy}</b>
          <small>% busy</small>
        </span>
        <span>
          <b class="num">{share}</b>
          <small>% memory</small>
        </span>
        <span>
          <b class="num">{power === undefined ? '–' : Math.round(power)}</b>
          <small>W</small>
        </span>
      </div>
      <Chart
        class="p-tile"
        label={`${gpu.device} utilization and memory: ${busy} % busy, ${share} % of memory`}
        build={() => tileChart(gpu)}
        version={gpu.now}
      />
    </section>
  );
}
