import { catalog } from '../catalog/events/index.js';
import { nearestName } from '../common/nearest-name.js';
import { warnOnce } from '../common/warn-once.js';

/** A span of any name publishes these. */
const SPAN_EVENT = /\.(?:start|stop|exception)$/;
/** Past this many unknown names, something generates them. */
const MAX_CHECKED = 100;
let checked = 0;

/** Warns about a name of the namespace `snakepit` that resembles an event of the catalog but is none. */
export function warnIfMisspelled(name: string): void {
  if (!name.startsWith('snakepit.') || name in catalog || SPAN_EVENT.test(name)) return;
  checked += 1;
  if (checked > MAX_CHECKED) return;
  const nearest = nearestName(name, Object.keys(catalog));
  if (nearest !== undefined) warnOnce(`'${name}' is not an event of the catalog. Did you mean '${nearest}'?`);
}
