import type { DeliveryReport } from '../../sdk/delivery-report.js';
import type { ErrorHead, OutOfMemory, Problem } from '../contract.js';
import type { BreakerList } from './breakers.js';
import type { ErrorList } from './errors.js';
import type { Gpus } from './gpus.js';
import type { PoolList } from './pools.js';

/** Time for which an event is a problem, ms. */
const OOM_MS = 600_000;
const SATURATED_MS = 60_000;
const MAX_PROBLEMS = 20;

/** Reasons for which a GPU runs slower because something is wrong, worst first. The others are settings of its operator. */
const THROTTLING = {
  hw_power_brake_slowdown: 'is slowed by the power brake',
  hw_thermal_slowdown: 'is slowed as it is too hot',
  hw_slowdown: 'is slowed by its hardware',
  sw_thermal_slowdown: 'is slowed as it is too hot',
  sw_power_cap: 'is power-capped',
} as const;

/** What problems are derived from. */
interface ProblemSources {
  readonly gpus: Gpus;
  readonly errors: ErrorList;
  readonly breakers: BreakerList;
  readonly pools: PoolList;
  delivery(): readonly DeliveryReport[];
}

/** Needs of attention that follow from what is kept. */
export class Problems {
  readonly #sources: ProblemSources;
  /** When each began, ms since 1970. */
  readonly #since = new Map<string, number>();

  constructor(sources: ProblemSources) {
    this.#sources = sources;
  }

  /** Returns the problems of now, the worst first. */
  list(now: number): Problem[] {
    const problems = [
      ...this.#lostGpus(),
      ...this.#outOfMemory(now),
      ...this.#openBreakers(),
      ...this.#failingExporters(now),
      ...this.#staleGpus(now),
      ...this.#saturatedPools(now),
      ...this.#throttledGpus(),
    ];
    const ids = new Set(problems.map(({ id }) => id));
    for (const id of this.#since.keys()) if (!ids.has(id)) this.#since.delete(id);
    return problems.slice(0, MAX_PROBLEMS);
  }

  #lostGpus(): Problem[] {
    return this.#sources.gpus.all.flatMap(({ device, identity, lostAt }): Problem[] =>
      lostAt === undefined
        ? []
        : [
            {
              id: `gpu-lost:${device}`,
              severity: 'error',
              title: `GPU ${device} is lost`,
              cause: `Its driver does not report ${identity.name ?? 'it'} any more. See the kernel log for an Xid.`,
              since: lostAt,
              link: `#/gpu/${encodeURIComponent(device)}`,
            },
          ],
    );
  }

  #outOfMemory(now: number): Problem[] {
    return this.#sources.errors.details.reverse().flatMap(({ head, oom }): Problem[] =>
      oom === undefined || now - head.ts > OOM_MS
        ? []
        : [
            {
              id: `oom:${head.id}`,
              severity: 'error',
              title: `Out of memory${head.device === undefined ? '' : ` on ${head.device}`}`,
              cause: oomCause(head, oom),
              since: head.ts,
              link: `#/error/${head.id}`,
            },
          ],
    );
  }

  #openBreakers(): Problem[] {
    return this.#sources.breakers.all.flatMap(({ name, state, since, rejected, failureCount }): Problem[] =>
      state !== 'open'
        ? []
        : [
            {
              id: `breaker:${name}`,
              severity: 'error',
              title: `Breaker ${name} is open`,
              cause: `${failureCount === undefined ? '' : `${failureCount} failures. `}${rejected} calls refused.`,
              since,
              link: '#/breakers',
            },
          ],
    );
  }

  #failingExporters(now: number): Problem[] {
    return this.#sources.delivery().flatMap((report): Problem[] =>
      report.state !== 'failing'
        ? []
        : [
            {
              id: `delivery:${keyOfReport(report)}`,
              severity: 'error',
              title: `${nounOf(report)} do not arrive`,
              cause: `${report.exporter}${report.address === undefined ? '' : ` to ${report.address}`}: ${report.lastError ?? 'the last export failed'}. ${report.queued} wait, ${report.lost} lost.`,
              since: this.#sinceOf(`delivery:${keyOfReport(report)}`, report.lastSuccess ?? now),
              link: '#/delivery',
            },
          ],
    );
  }

  #staleGpus(now: number): Problem[] {
    return this.#sources.gpus.all.flatMap((gpu): Problem[] =>
      !gpu.isStale(now) || gpu.lastSeen === 0
        ? []
        : [
            {
              id: `gpu-stale:${gpu.device}`,
              severity: 'warning',
              title: `GPU ${gpu.device} is not read`,
              cause: `No sample for more than ${Math.round((3 * gpu.intervalMs) / 100) / 10} s.`,
              since: gpu.lastSeen,
              link: `#/gpu/${encodeURIComponent(gpu.device)}`,
            },
          ],
    );
  }

  #saturatedPools(now: number): Problem[] {
    return this.#sources.pools.all.flatMap(({ name, saturatedAt, queued, busy }): Problem[] =>
      saturatedAt === undefined || now - saturatedAt > SATURATED_MS
        ? []
        : [
            {
              id: `pool:${name}`,
              severity: 'warning',
              title: `Pool ${name} is saturated`,
              cause: `Its queue is full, and requests are refused. ${queued ?? 'Some'} wait${busy === undefined ? '' : `, ${busy} workers are busy`}.`,
              since: this.#sinceOf(`pool:${name}`, saturatedAt),
              link: '#/pools',
            },
          ],
    );
  }

  #throttledGpus(): Problem[] {
    return this.#sources.gpus.all.flatMap((gpu): Problem[] => {
      const reason = Object.keys(THROTTLING).find((each) => gpu.throttleReasons.includes(each));
      if (reason === undefined || gpu.lostAt !== undefined) return [];
      const { device, powerLimit } = gpu;
      const limit =
        reason === 'sw_power_cap' && powerLimit !== undefined ? ` to stay under ${powerLimit} W` : '';
      return [
        {
          id: `gpu-throttled:${device}`,
          severity: 'warning',
          title: `${device} ${THROTTLING[reason as keyof typeof THROTTLING]}`,
          cause: `Its clocks are held down${limit} (${reason}).`,
          since: gpu.throttledSince,
          link: `#/gpu/${encodeURIComponent(device)}`,
        },
      ];
    });
  }

  #sinceOf(id: string, start: number): number {
    const known = this.#since.get(id);
    if (known !== undefined) return known;
    this.#since.set(id, start);
    return start;
  }
}

export const keyOfReport = ({ exporter, signal, address }: DeliveryReport): string =>
  [exporter, signal, address].filter((part) => part !== undefined).join(' ');

const nounOf = ({ signal }: DeliveryReport): string =>
  ({ traces: 'Spans', metrics: 'Metrics', logs: 'Log records' })[signal];

function oomCause({ worker, place, pool }: ErrorHead, { requested, free }: OutOfMemory): string {
  const who = worker ?? pool ?? 'A process';
  const asked = requested === undefined ? 'asked for memory' : `asked for ${gibibytes(requested)}`;
  const where = place === undefined ? '' : ` in ${place}`;
  return `${who} ${asked}${where}${free === undefined ? '.' : `; ${gibibytes(free)} was free.`}`;
}

const gibibytes = (mebibytes: number): string =>
  mebibytes < 1024 ? `${mebibytes} MiB` : `${(mebibytes / 1024).toFixed(2)} GiB`;
