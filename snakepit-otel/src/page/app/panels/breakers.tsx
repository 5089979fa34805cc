import { computed } from '@preact/signals';
import type { Breaker } from '../../contract.js';
import { formatCount, plural } from '../format.js';
import { Age } from '../shell/age.js';
import { Badge, type Level } from '../shell/icon.js';
import { now, rangeMs, route, store } from '../state.js';
import { breakerSegments } from './breaker-segments.js';

const STATES: Readonly<Record<Breaker['state'], { readonly level: Level; readonly text: string }>> = {
  closed: { level: 'ok', text: 'closed' },
  half_open: { level: 'warn', text: 'half-open' },
  open: { level: 'bad', text: 'open' },
};
/** Rows that are shown; open breakers come first. */
const MOST_ROWS = 40;
const ORDER = ['open', 'half_open', 'closed'];
/** Steps in which strips move: shorter ones are not seen. */
const STEPS = 300;
const stripEnd = computed(() => {
  const step = rangeMs.value / STEPS;
  return Math.ceil(now.value / step) * step;
});

export function Breakers() {
  const breakers = store.breakers.value.toSorted(
    (one, other) =>
      ORDER.indexOf(one.state) - ORDER.indexOf(other.state) || one.name.localeCompare(other.name),
  );
  return (
    <section class="card brk" id="breakers" aria-labelledby="h-breakers" tabIndex={-1}>
      <header>
        <h2 id="h-breakers">Breakers</h2>
        <span class="dim">{rangeMs.value / 60_000} min</span>
        <span class="grow" />
        <span class="key dim">
          <i class="k closed" />
          closed <i class="k half_open" />
          probing <i class="k open" />
          open
        </span>
      </header>
      {breakers.length === 0 ? (
        <p class="none dim">No circuit breaker has reported</p>
      ) : (
        <ul>
          {breakers.slice(0, MOST_ROWS).map((breaker) => (
            <Row key={breaker.name} breaker={breaker} />
          ))}
        </ul>
      )}
      {breakers.length > MOST_ROWS && (
        <p class="more dim">and {formatCount(breakers.length - MOST_ROWS)} more</p>
      )}
    </section>
  );
}

function Row({ breaker }: { readonly breaker: Breaker }) {
  const { name, state, since, rejected, failures } = breaker;
  const segments = breakerSegments(breaker, stripEnd.value - rangeMs.value, stripEnd.value);
  const { level, text } = STATES[state];
  const isChosen = route.value.section === 'breaker' && route.value.id === name;
  const history = segments.map((segment) => STATES[segment.state].text).join(', then ');
  return (
    <li class={isChosen ? 'chosen' : undefined}>
      <b class="bp" title={name}>
        {name}
      </b>
      <span class="bt" role="img" aria-label={`${name}: ${history || text}`}>
        {segments.map(({ state: kind, from, to }, index) => (
          <i
            key={index}
            class={kind}
            style={{ marginLeft: index === 0 ? `${from * 100}%` : 0, width: `${(to - from) * 100}%` }}
          />
        ))}
      </span>
      <span class="bs">
        <Badge level={level}>
          {text}{' '}
          <span class="dim2">
            <Age since={since} />
          </span>
        </Badge>
        <small class="dim">
          {plural(failures, 'failure')}
          {rejected > 0 ? ` · ${formatCount(rejected)} rejected` : ''}
        </small>
      </span>
    </li>
  );
}
