import type { GpuProcess } from '../../contract.js';
import { processColor } from '../charts/memory-chart.js';
import type { GpuModel } from '../data/gpu-model.js';
import { formatAge, formatGib, plural } from '../format.js';
import { now } from '../state.js';

const MOST_ROWS = 6;

/** Processes that hold memory of a GPU, and those that ended within the range. */
export function Processes({
  gpu,
  charted,
}: {
  readonly gpu: GpuModel;
  readonly charted: readonly GpuProcess[];
}) {
  const processes = withEnded(gpu);
  if (processes.length === 0) return <p class="procs none dim">No process holds its memory</p>;
  const colored = new Set(charted.map(({ pid }) => pid));
  return (
    <details class="procs" open={matchMedia('(min-width: 761px)').matches}>
      <summary>
        {plural(processes.length, 'process').replace('processs', 'processes')}, most in{' '}
        {processName(processes[0])}
      </summary>
      <ul>
        {processes.slice(0, MOST_ROWS).map((process) => (
          <Row
            key={process.pid}
            gpu={gpu}
            process={process}
            color={colored.has(process.pid) ? processColor(process) : '--line2'}
          />
        ))}
      </ul>
      {processes.length > MOST_ROWS && <p class="dim more">and {processes.length - MOST_ROWS} more</p>}
    </details>
  );
}

function Row({
  gpu,
  process,
  color,
}: {
  readonly gpu: GpuModel;
  readonly process: GpuProcess;
  readonly color: string;
}) {
  const { pid, memory, goneAt } = process;
  const before = goneAt === undefined ? undefined : lastMemory(gpu, process);
  return (
    <li class={goneAt === undefined ? undefined : 'gone'}>
      <i class="sw" style={{ background: `var(${color})` }} />
      <span class="pn">{processName(process)}</span>
      <span class="pw dim">{processPlace(process)}</span>
      <span class="pid dim num">{pid}</span>
      <span class="num pm">
        {before !== undefined && <s class="dim">{formatGib(before)}</s>}
        {goneAt === undefined ? (memory === undefined ? '–' : formatGib(memory)) : '0'}
        <small> GiB</small>
      </span>
    </li>
  );
}

/** Adds processes that the driver does not report any more, as long as they are in the chart. */
function withEnded(gpu: GpuModel): GpuProcess[] {
  const { processes } = gpu.now.value.info;
  const known = new Set(processes.map(({ pid }) => pid));
  const ended = [...gpu.columns.processes.values()]
    .map(({ process }) => process)
    .filter(({ pid, goneAt }) => !known.has(pid) && goneAt !== undefined);
  const size = (process: GpuProcess) =>
    (process.goneAt === undefined ? process.memory : lastMemory(gpu, process)) ?? 0;
  return [...processes, ...ended].toSorted((one, other) => size(other) - size(one));
}

function lastMemory(gpu: GpuModel, { pid, memory }: GpuProcess): number | undefined {
  const column = gpu.columns.processes.get(pid)?.memory ?? [];
  return column.findLast((value) => value !== null && value > 0) ?? memory;
}

function processName(process: GpuProcess | undefined): string {
  if (process === undefined) return '';
  const { worker, pool, command, pid } = process;
  if (worker !== undefined) return `${pool === undefined ? '' : `${pool} `}worker ${worker}`;
  return command ?? `pid ${pid}`;
}

function processPlace({ pod, namespace, container, pool, worker, command, goneAt }: GpuProcess): string {
  const place =
    pod !== undefined
      ? `pod ${namespace === undefined ? '' : `${namespace}/`}${pod}`
      : container !== undefined
        ? `container ${container}`
        : pool !== undefined
          ? `pool ${pool}`
          : '';
  const ended = goneAt === undefined ? '' : `ended ${formatAge(now.value - goneAt)} ago`;
  return [place, worker !== undefined && pod === undefined ? command : undefined, ended]
    .filter(Boolean)
    .join(' · ');
}
