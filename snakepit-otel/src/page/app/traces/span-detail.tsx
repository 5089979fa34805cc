import type { Span } from '../../contract.js';
import { formatDuration } from '../format.js';
import { AttributeList } from '../shell/attribute-list.js';
import { copyText } from '../shell/copy.js';

/** Attributes and events of the selected span. */
export function SpanDetail({ span, start }: { readonly span: Span; readonly start: number }) {
  return (
    <section class="spandetail" aria-label={`Span ${span.name}`}>
      <header>
        <h4>{span.name}</h4>
        <span class="dim">
          {span.service} · {span.kind} · starts at {formatDuration(Math.max(0, span.start - start))}
          {span.device === undefined ? '' : ` · ${span.device}`}
        </span>
        <span class="grow" />
        <button type="button" class="btn mini" onClick={() => void copyText(span.id, 'Span ID copied')}>
          Copy ID
        </button>
      </header>
      {span.statusMessage !== undefined && span.statusMessage !== '' && (
        <p class="message">{span.statusMessage}</p>
      )}
      <AttributeList attributes={span.attributes} />
      {span.events.length > 0 && (
        <ol class="spanevents">
          {span.events.slice(0, 50).map((event, index) => (
            <li key={index}>
              <span class="num dim">{formatDuration(Math.max(0, event.ts - start))}</span>
              <b>{event.name}</b>
              <AttributeList attributes={event.attributes} />
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
