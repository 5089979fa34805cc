const ENERGY = 'Energy of the whole GPU during the span, with that of everything else that ran on it';
const PEAK = 'Most memory in use on the GPU during the span';

/** The time axis of a waterfall, and the names of its columns. */
export function Ruler({ ticks, total }: { readonly ticks: readonly number[]; readonly total: number }) {
  return (
    <div class="wfrow ruler" role="row">
      <span role="columnheader" class="leg" tabIndex={-1}>
        Span
        <small>
          <i class="sw k-app" />
          app <i class="sw k-python" />
          Python <i class="sw k-pool" />
          pool
        </small>
      </span>
      <span role="columnheader" class="axis" aria-label="Time" tabIndex={-1}>
        {ticks.map((tick, index) => (
          <i key={tick} style={{ left: `${(tick / total) * 100}%` }}>
            {formatTick(tick, total, index === 1)}
          </i>
        ))}
      </span>
      <span role="columnheader" class="num" tabIndex={-1}>
        Time
      </span>
      <span role="columnheader" class="num hint-cell" title={ENERGY} tabIndex={-1}>
        Energy
      </span>
      <span role="columnheader" class="num hint-cell" title={PEAK} tabIndex={-1}>
        Peak
      </span>
    </div>
  );
}

/** Formats a tick in the unit of the axis, which the first one after 0 names. */
function formatTick(ms: number, total: number, isFirst: boolean): string {
  const [unit, length] = total >= 1000 ? ['s', 1000] : total >= 1 ? ['ms', 1] : ['µs', 0.001];
  return `${Number((ms / Number(length)).toPrecision(6))}${isFirst ? ` ${unit}` : ''}`;
}
