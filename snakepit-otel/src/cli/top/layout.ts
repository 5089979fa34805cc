import type { Context } from './context.js';
import { breakersPanel } from './panels/breakers.js';
import { deliveryPanel } from './panels/delivery.js';
import { errorsPanel } from './panels/errors.js';
import { eventsPanel } from './panels/events.js';
import { gpusPanel } from './panels/gpus.js';
import type { Panel } from './panels/panel.js';
import { processesPanel } from './panels/processes.js';
import { tracesPanel } from './panels/traces.js';
import type { Section } from './view-state.js';

/** A panel of the overview and its rows, title included. */
export interface Placed {
  readonly panel: Panel;
  readonly section: Section | undefined;
  readonly height: number;
}

interface Entry {
  readonly panel: Panel;
  readonly section: Section | undefined;
  /** Panels of a lower rank are left out first. */
  readonly rank: number;
}

/** From this width on, the overview has two columns. */
const TWO_COLUMNS = 160;

const GPUS: Entry = { panel: gpusPanel, section: 'gpus', rank: 7 };
const PROCESSES: Entry = { panel: processesPanel, section: undefined, rank: 5 };
const TRACES: Entry = { panel: tracesPanel, section: 'traces', rank: 6 };
const BREAKERS: Entry = { panel: breakersPanel, section: 'breakers', rank: 4 };
const ERRORS: Entry = { panel: errorsPanel, section: 'errors', rank: 2 };
const EVENTS: Entry = { panel: eventsPanel, section: 'events', rank: 1 };
const DELIVERY: Entry = { panel: deliveryPanel, section: 'delivery', rank: 3 };

/** Rows from which on the overview shows errors and events too, in one column. */
const TALL = 32;

/** Returns the columns of the overview, each with its panels from top to bottom. */
export function overviewColumns(context: Context, width: number, height: number): Placed[][] {
  if (width >= TWO_COLUMNS) {
    return [
      place([GPUS, PROCESSES, BREAKERS, DELIVERY], context, height),
      place([TRACES, ERRORS, EVENTS], context, height),
    ];
  }
  const few = [GPUS, PROCESSES, TRACES, BREAKERS, DELIVERY];
  const all = [GPUS, PROCESSES, TRACES, BREAKERS, ERRORS, EVENTS, DELIVERY];
  return [place(height < TALL ? few : all, context, height)];
}

/** Gives each panel what it needs, then one row after the other to those that want more, then what is of use to what is left. */
function place(entries: readonly Entry[], context: Context, height: number): Placed[] {
  const kept = new Set<Entry>();
  let free = height;
  for (const entry of [...entries].sort((a, b) => b.rank - a.rank)) {
    const needed = 1 + entry.panel.minimum;
    if (needed > free) continue;
    kept.add(entry);
    free -= needed;
  }
  const placed = entries
    .filter((entry) => kept.has(entry))
    .map(({ panel, section }) => ({
      panel,
      section,
      height: 1 + panel.minimum,
      wanted: 1 + panel.wanted(context),
      generous: 1 + (panel.generous?.(context) ?? 0),
    }));
  // Short lists first: they are complete soon.
  const byWant = [...placed].sort((a, b) => a.wanted - b.wanted);
  for (let gave = true; gave && free > 0; ) {
    gave = false;
    for (const item of byWant) {
      if (free === 0 || item.height >= item.wanted) continue;
      item.height += 1;
      free -= 1;
      gave = true;
    }
  }
  for (const item of placed) {
    const more = item.generous - item.height;
    if (more <= 0 || more > free) continue;
    item.height += more;
    free -= more;
  }
  return placed;
}
