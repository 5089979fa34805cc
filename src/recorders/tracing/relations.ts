import type { EventIds } from './event-ids.js';
import { Relation } from './span-record.js';

/** Ids that are remembered. Later spans of an id that was forgotten may be in another trace. */
const MAX_RELATIONS = 25_000;
/** Relations with spans that are kept before an old one is forgotten in spite of its spans. */
const MAX_KEPT = 8;
const NONE: readonly Relation[] = [];

/** Spans by the ids that they share with other events. */
export class Relations {
  readonly #byId = new Map<string, Relation>();

  /** Returns the relations of an event, that of its correlation id first. */
  of({ correlation, traceparent }: EventIds): readonly Relation[] {
    if (correlation === '' || correlation === traceparent)
      return traceparent === '' ? NONE : [this.#get(traceparent)];
    return traceparent === '' ? [this.#get(correlation)] : [this.#get(correlation), this.#get(traceparent)];
  }

  /** As `of`, without relations that have no spans yet. */
  known({ correlation, traceparent }: EventIds): readonly Relation[] {
    const known = [correlation, traceparent].map((id) => (id === '' ? undefined : this.#byId.get(id)));
    return known.filter((relation) => relation !== undefined);
  }

  clear(): void {
    this.#byId.clear();
  }

  #get(id: string): Relation {
    let relation = this.#byId.get(id);
    if (relation === undefined) {
      relation = new Relation(id);
      this.#byId.set(id, relation);
      if (this.#byId.size > MAX_RELATIONS) this.#forgetOne();
    }
    return relation;
  }

  #forgetOne(): void {
    let kept = 0;
    for (const [id, relation] of this.#byId) {
      this.#byId.delete(id);
      if (relation.spans.size === 0 || kept === MAX_KEPT) return;
      this.#byId.set(id, relation);
      kept++;
    }
  }
}
