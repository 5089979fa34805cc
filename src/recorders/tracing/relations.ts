import type { EventIds } from './event-ids.js';
import { Relation } from './span-record.js';

const NONE: readonly Relation[] = [];

/** Spans by the ids that they share with other events. */
export class Relations {
  readonly #byId = new Map<string, Relation>();

  /** Returns the relations of an event, that of its correlation id first. Those without spans are not kept. */
  of({ correlation, traceparent }: EventIds): readonly Relation[] {
    if (correlation === '' || correlation === traceparent)
      return traceparent === '' ? NONE : [this.#get(traceparent)];
    return traceparent === '' ? [this.#get(correlation)] : [this.#get(correlation), this.#get(traceparent)];
  }

  /** Keeps a relation that gets its first span. */
  keep(relation: Relation): void {
    this.#byId.set(relation.id, relation);
  }

  /** As `of`, without relations that have no spans yet. */
  known({ correlation, traceparent }: EventIds): readonly Relation[] {
    const known = [correlation, traceparent].map((id) => (id === '' ? undefined : this.#byId.get(id)));
    return known.filter((relation) => relation !== undefined);
  }

  /** Forgets a relation, if all of its spans were. */
  forget(relation: Relation): void {
    if (relation.size === 0) this.#byId.delete(relation.id);
  }

  #get(id: string): Relation {
    return this.#byId.get(id) ?? new Relation(id);
  }
}
