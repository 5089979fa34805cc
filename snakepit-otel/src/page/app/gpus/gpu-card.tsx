import { useState } from 'preact/hooks';
import { Chart } from '../charts/chart.js';
import { chartedProcesses, memoryChart, timeLabels } from '../charts/memory-chart.js';
import type { GpuModel, GpuNow } from '../data/gpu-model.js';
import { formatCount, formatGib, formatTime, percent } from '../format.js';
import { Badge } from '../shell/icon.js';
import { gpuInterval, now, route, store } from '../state.js';
import { Metric } from './metric.js';
import { Processes } from './processes.js';
import { ReadingsTable } from './readings-table.js';
import { gpuStatus, isStale } from './status.js';

export function GpuCard({ gpu }: { readonly gpu: GpuModel }) {
  const [isTable, setTable] = useState(false);
  const [cursor, setCursor] = useState<string | undefined>(undefined);
  const current = gpu.now.value;
  const { info } = current;
  const status = gpuStatus(info, store.errors.value, now.value, gpuInterval.value);
  const isSelected = route.value.section === 'gpu' && route.value.id === gpu.device;
  const stale = isStale(info, now.value, gpuInterval.value);
  const heading = `gpu-${gpu.device}`;
  return (
    <section
      id={`card-${gpu.device}`}
      class={`card gpu${stale ? ' stale' : ''}${isSelected ? ' chosen' : ''}`}
      aria-labelledby={heading}
      tabIndex={-1}
    >
      <header>
        <h2 id={heading}>{gpu.device}</h2>
        <span class="dim name">{info.name}</span>
        <button
          type="button"
          class="btn mini table"
          aria-pressed={isTable}
          aria-label={`Readings of ${gpu.device} as a table`}
          onClick={() => setTable(!isTable)}
        >
          Table
        </button>
        {status !== undefined && (
          <Badge level={status.level}>
            {status.text} <span class="dim2">{status.age}</span>
          </Badge>
        )}
      </header>
      {isTable ? (
        <ReadingsTable gpu={gpu} />
      ) : (
        <Charts gpu={gpu} current={current} cursor={cursor} setCursor={setCursor} />
      )}
      <Processes gpu={gpu} charted={chartedProcesses(gpu)} />
    </section>
  );
}

interface ChartsProps {
  readonly gpu: GpuModel;
  readonly current: GpuNow;
  readonly cursor: string | undefined;
  readonly setCursor: (text: string | undefined) => void;
}

function Charts({ gpu, current, cursor, setCursor }: ChartsProps) {
  const { info, memory } = current;
  const processes = chartedProcesses(gpu);
  const describe = (index: number) => {
    const total = gpu.columns.mean.memory[index] ?? null;
    const time = formatTime((gpu.columns.time[index] ?? 0) * 1000);
    const parts = processes.flatMap(({ pid, worker, command }) => {
      const held = gpu.columns.processes.get(pid)?.memory[index] ?? 0;
      return held > 0 ? `${worker ?? command ?? pid} ${formatGib(held)}` : [];
    });
    return `${time}: ${total === null ? 'not read' : `${formatGib(total)} GiB`}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`;
  };
  const limit = info.memoryLimit;
  const used = memory === undefined ? '–' : formatGib(memory);
  return (
    <div class="gbody">
      <div class="gmem">
        <div class="mtop">
          <span class="mlabel">Memory</span>
          <span class="big">
            {used}
            <small>{limit === undefined ? ' GiB' : ` of ${formatGib(limit)} GiB`}</small>
          </span>
          {memory !== undefined && limit !== undefined && (
            <span class="pct">{percent(memory / limit)} %</span>
          )}
        </div>
        <Chart
          class="p-mem"
          label={`${gpu.device} memory by process, now ${used}${limit === undefined ? '' : ` of ${formatGib(limit)}`} GiB`}
          build={() => memoryChart(gpu, processes)}
          version={gpu.now}
          shape={processes.map(({ pid }) => pid).join()}
          describe={describe}
          onCursor={setCursor}
        />
        <div class="times dim" aria-hidden={cursor !== undefined}>
          {cursor === undefined ? (
            timeLabels().map((label) => <span key={label}>{label}</span>)
          ) : (
            <b>{cursor}</b>
          )}
        </div>
      </div>
      <div class="gmet">
        <Metric
          gpu={gpu}
          metric="utilization"
          label="Utilization"
          unit="%"
          scale={100}
          color="--c-util"
          value={current.utilization}
          note={current.clock === undefined ? undefined : `${formatCount(current.clock)} MHz`}
          top={() => 1.04}
          version={gpu.now}
          onCursor={setCursor}
        />
        <Metric
          gpu={gpu}
          metric="power"
          label="Power"
          unit="W"
          color="--c-pow"
          value={current.power}
          note={info.powerLimit === undefined ? undefined : `limit ${formatCount(info.powerLimit)} W`}
          top={() => (info.powerLimit ?? greatest(gpu.columns.max.power)) * 1.06}
          limit={() => info.powerLimit}
          version={gpu.now}
          onCursor={setCursor}
        />
        <Metric
          gpu={gpu}
          metric="temperature"
          label="Temperature"
          unit="°C"
          color="--c-temp"
          value={current.temperature}
          note={
            info.slowdownTemperature === undefined ? undefined : `slows at ${info.slowdownTemperature} °C`
          }
          top={() => (info.slowdownTemperature ?? 95) * 1.08}
          limit={() => info.slowdownTemperature}
          version={gpu.now}
          onCursor={setCursor}
        />
      </div>
    </div>
  );
}

function greatest(column: readonly (number | null)[]): number {
  return column.reduce<number>((most, value) => Math.max(most, value ?? 0), 1);
}
