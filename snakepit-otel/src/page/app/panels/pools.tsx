import type { Pool } from '../../contract.js';
import { formatCount, formatDuration } from '../format.js';
import { Icon } from '../shell/icon.js';
import { route, store } from '../state.js';

/** Workers that are drawn as squares; more are a number only. */
const MOST_SQUARES = 12;

export function Pools() {
  const pools = store.pools.value;
  return (
    <section class="card pools" id="pools" aria-labelledby="h-pools" tabIndex={-1}>
      <header>
        <h2 id="h-pools">Pools and workers</h2>
      </header>
      {pools.length === 0 ? (
        <p class="none dim">No pool has reported</p>
      ) : (
        <div class="scroll" tabIndex={0} role="group" aria-labelledby="h-pools">
          <table>
            <thead>
              <tr>
                <th scope="col">Pool</th>
                <th scope="col">Busy</th>
                <th scope="col" class="num">
                  Queue
                </th>
                <th scope="col" class="num">
                  Oldest
                </th>
                <th scope="col" class="num">
                  Calls
                </th>
                <th scope="col" class="num">
                  Errors
                </th>
                <th scope="col" class="num">
                  Retries
                </th>
                <th scope="col" class="num">
                  Restarts
                </th>
              </tr>
            </thead>
            <tbody>
              {pools.map((pool) => (
                <Row key={pool.name} pool={pool} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Row({ pool }: { readonly pool: Pool }) {
  const { name, workers, busy, queued, oldestQueuedMs } = pool;
  const isFull = workers !== undefined && busy !== undefined && busy >= workers && (queued ?? 0) > 0;
  const level = workers === 0 ? 'bad' : isFull ? 'warn' : 'ok';
  const isChosen = route.value.section === 'pool' && route.value.id === name;
  const optional = (value: number | undefined, format: (value: number) => string = formatCount) =>
    value === undefined ? '–' : format(value);
  return (
    <tr class={isChosen ? 'chosen' : undefined}>
      <th scope="row">
        <Icon level={level} />
        {name}
      </th>
      <td>
        {workers !== undefined && workers > 0 && workers <= MOST_SQUARES && (
          <span class="wk" aria-hidden="true">
            {Array.from({ length: workers }, (_, index) => (
              <i key={index} class={index < (busy ?? 0) ? 'busy' : ''} />
            ))}
          </span>
        )}
        {busy === undefined ? optional(workers) : `${formatCount(busy)}/${optional(workers)}`}
      </td>
      <td class="num">{optional(queued)}</td>
      <td class="num">{(queued ?? 0) > 0 ? optional(oldestQueuedMs, formatDuration) : '–'}</td>
      <td class="num">{formatCount(pool.requests)}</td>
      <td class={`num${pool.errors > 0 ? ' badtext' : ''}`}>{formatCount(pool.errors)}</td>
      <td class="num">{formatCount(pool.retries)}</td>
      <td class="num">{formatCount(pool.restarts)}</td>
    </tr>
  );
}
