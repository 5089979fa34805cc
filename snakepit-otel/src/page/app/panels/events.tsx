import { computed, effect, type Signal, signal } from '@preact/signals';
import { eventId } from '../../client/event-id.js';
import type { EventRow } from '../../contract.js';
import { formatCount, formatTimeMs, shortId } from '../format.js';
import { AttributeList } from '../shell/attribute-list.js';
import { copyText } from '../shell/copy.js';
import { Icon, type Level } from '../shell/icon.js';
import { formatRoute } from '../shell/route.js';
import { RowList } from '../shell/row-list.js';
import { route, store, withView } from '../state.js';
import { type MinimumLevel, searchEvents } from './event-search.js';

const ROW_HEIGHT = 25;
const ICONS: Readonly<Record<EventRow['level'], Level>> = {
  debug: 'info',
  info: 'info',
  warn: 'warn',
  error: 'bad',
};
const CHOICES: readonly (readonly [MinimumLevel, string])[] = [
  ['debug', 'All'],
  ['warn', 'Warnings'],
  ['error', 'Errors'],
];

const query: Signal<string> = signal('');
const minimum: Signal<MinimumLevel> = signal('debug');
const selected: Signal<EventRow | undefined> = signal(undefined);
const found = computed(() => searchEvents(store.events.value, query.value, minimum.value));

/** Takes the query of an address such as `#/events?q=oom`. */
export function followEventQuery(): void {
  effect(() => {
    const { section, query: parameters } = route.value;
    if (section === 'events' && parameters.q !== undefined) query.value = parameters.q;
  });
}

/** Puts the query into the address, without a step of the history for each character. */
function setQuery(text: string): void {
  query.value = text;
  history.replaceState(undefined, '', formatRoute(withView({ section: 'events', query: { q: text } })));
}

export function Events() {
  const rows = found.value;
  const total = store.events.value.length;
  const event = rows.find((row) => row === selected.value);
  const skipped = store.skippedEvents.value;
  return (
    <section class="card evs" id="events" aria-labelledby="h-events">
      <header>
        <h2 id="h-events">Events</h2>
        <span class="dim hide-s">
          {rows.length === total
            ? `${formatCount(total)} kept`
            : `${formatCount(rows.length)} of ${formatCount(total)}`}
          {skipped > 0 ? ` · ${formatCount(skipped)} left out` : ''}
        </span>
        <span class="grow" />
        <span class="seg small" role="group" aria-label="Least level">
          {CHOICES.map(([level, label]) => (
            <button
              key={level}
              type="button"
              aria-pressed={minimum.value === level}
              onClick={() => {
                minimum.value = level;
              }}
            >
              {label}
            </button>
          ))}
        </span>
        <label class="search">
          <span class="sr">Search events</span>
          <input
            id="event-search"
            type="search"
            placeholder="Search  /"
            value={query.value}
            onInput={(input) => setQuery(input.currentTarget.value)}
          />
        </label>
      </header>
      {rows.length === 0 ? (
        <p class="none dim">{total === 0 ? 'No event yet' : 'No event matches'}</p>
      ) : (
        <RowList
          id="event-list"
          class="evlist"
          label="Events"
          rows={rows}
          rowHeight={ROW_HEIGHT}
          selected={event && eventId(event)}
          keyOf={eventId}
          onSelect={(row) => {
            selected.value = row;
          }}
          onOpen={(row) => {
            if (row.trace !== undefined)
              location.hash = formatRoute({ section: 'trace', id: row.trace, span: row.span });
          }}
        >
          {(row) => (
            <>
              <span class="num dim">{formatTimeMs(row.ts)}</span>
              <Icon level={ICONS[row.level]} />
              <b class={row.level}>{row.name.replace(/^snakepit\./, '')}</b>
              <span class="dim etext">{row.text}</span>
            </>
          )}
        </RowList>
      )}
      {event !== undefined && <EventDetail event={event} />}
    </section>
  );
}

function EventDetail({ event }: { readonly event: EventRow }) {
  return (
    <section class="spandetail" aria-label={`Event ${event.name}`}>
      <header>
        <h4>{event.name}</h4>
        <span class="dim">{new Date(event.ts).toISOString()}</span>
        <span class="grow" />
        {event.trace !== undefined && (
          <a class="lk" href={formatRoute({ section: 'trace', id: event.trace, span: event.span })}>
            Trace {shortId(event.trace).slice(0, 8)}
          </a>
        )}
        <button
          type="button"
          class="btn mini"
          onClick={() => void copyText(JSON.stringify(event, undefined, 2), 'Event copied')}
        >
          Copy JSON
        </button>
      </header>
      <p class="message">{event.text}</p>
      <AttributeList attributes={event.attributes} />
    </section>
  );
}
