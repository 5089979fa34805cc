import { RANGES, type Range } from '../../contract.js';
import { formatAge, formatCount, formatDuration, formatTime } from '../format.js';
import {
  connection,
  gpuInterval,
  isPast,
  moment,
  now,
  openDialog,
  setPaused,
  setRange,
  store,
} from '../state.js';
import { theme, toggleTheme } from '../theme.js';

const LABELS: Readonly<Record<Range, string>> = { '5m': '5 m', '15m': '15 m', '1h': '1 h' };

export function Header() {
  const host = store.host.value;
  const isPaused = store.isPaused.value;
  const driver = store.gpus.value.find((gpu) => gpu.now.value.info.driverVersion)?.now.value.info
    .driverVersion;
  const facts =
    host === undefined
      ? ''
      : [host.serviceName, driver && `driver ${driver}`, `up ${formatAge(now.value - host.startedAt)}`]
          .filter(Boolean)
          .join(' · ');
  return (
    <header class="top">
      <span class="brand">
        <Logo />
        <b>Snakepit live</b>
      </span>
      <span class="host">
        <b>{host?.name ?? ''}</b>
        <span class="dim"> {facts}</span>
      </span>
      <span class="grow" />
      <ConnectionLight />
      <span class="seg" role="group" aria-label="Time range">
        {(Object.keys(RANGES) as Range[]).map((range) => (
          <button
            key={range}
            type="button"
            aria-pressed={store.range.value === range}
            onClick={() => setRange(range)}
          >
            {LABELS[range]}
          </button>
        ))}
      </span>
      <button type="button" class="btn" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
        {isPaused ? 'Resume' : 'Pause'}
        <kbd>p</kbd>
      </button>
      <button type="button" class="btn hide-s" onClick={() => show('export')}>
        Export<kbd>x</kbd>
      </button>
      <button
        type="button"
        class="btn ico thm"
        aria-label={theme.value === 'dark' ? 'Use the light theme' : 'Use the dark theme'}
        onClick={toggleTheme}
      >
        ◐
      </button>
      <button type="button" class="btn ico hlp" aria-label="Help and keys" onClick={() => show('help')}>
        ?
      </button>
    </header>
  );
}

function show(dialog: 'help' | 'export'): void {
  openDialog.value = dialog;
}

/** Whether data arrive, in words and as a shape. */
function ConnectionLight() {
  const state = connection.value;
  if (store.isPaused.value) {
    return (
      <span class="livedot paused" role="status">
        <i />
        Paused
        <span class="dim">
          {isPast.value
            ? ` at ${formatTime(moment.value ?? 0)}`
            : `, ${formatCount(store.pending.value)} new`}
        </span>
      </span>
    );
  }
  const text = { live: 'Live', connecting: 'Connecting', hidden: 'Asleep', lost: 'Reconnecting' }[state.kind];
  const age = state.kind === 'lost' ? formatAge(Date.now() - state.since) : undefined;
  now.value;
  return (
    <span class={`livedot ${state.kind}`} role="status">
      <i />
      {text}
      {state.kind === 'live' && (
        <span class="dim"> {formatDuration(gpuInterval.value).replace('.00', '')}</span>
      )}
      {age !== undefined && (
        <span class="dim" aria-hidden="true">
          {' '}
          {age}
        </span>
      )}
    </span>
  );
}

function Logo() {
  return (
    <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
      <rect width="24" height="24" rx="6" fill="#0b6bcb" />
      <path
        d="M16.5 7.5c-1-1.3-2.6-2-4.5-2-2.5 0-4.2 1.3-4.2 3.2 0 4.3 8.4 2.2 8.4 6.5 0 2-1.8 3.3-4.3 3.3-2 0-3.7-.8-4.7-2.2"
        fill="none"
        stroke="#fff"
        stroke-width="2.3"
        stroke-linecap="round"
      />
    </svg>
  );
}
