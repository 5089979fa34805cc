import type { ErrorHead, OutOfMemory } from '../../contract.js';
import { processColor } from '../charts/memory-chart.js';
import { formatGib } from '../format.js';
import { isFragmented, type MemoryPart, memoryParts } from './forensics.js';

/** Who held the memory of the device when an allocation failed. */
export function MemoryBar({ head, oom }: { readonly head: ErrorHead; readonly oom: OutOfMemory }) {
  const parts = memoryParts(oom, head.worker);
  const total = Math.max(
    oom.total ?? 0,
    parts.reduce((sum, { memory }) => sum + memory, 0),
    1,
  );
  const text = parts.map(({ label, memory }) => `${label} ${formatGib(memory)} GiB`).join(', ');
  return (
    <>
      <div
        class="obar"
        role="img"
        aria-label={`Memory of ${head.device ?? 'the device'} at the error: ${text}`}
      >
        {parts.map((part) => (
          <i
            key={part.label}
            {...paint(part)}
            style={{ ...paint(part).style, width: `${(part.memory / total) * 100}%` }}
          />
        ))}
      </div>
      <ul class="oleg">
        {parts.map((part) => (
          <li key={part.label}>
            <i class={`sw ${paint(part).class}`} style={paint(part).style} />
            <span class="ol">{part.label}</span>
            <span class="num">{formatGib(part.memory)}</span>
          </li>
        ))}
      </ul>
      {isFragmented(oom) && (
        <p class="hint">
          <b>Fragmented:</b> {formatGib(oom.reservedUnused ?? 0)} GiB that the allocator had reserved was
          unused, more than was requested.{' '}
          <code title="PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True">expandable_segments:True</code> may
          help.
        </p>
      )}
    </>
  );
}

function paint({ kind, process }: MemoryPart) {
  if (process === undefined) return { class: `o-${kind}`, style: {} };
  return { class: `o-${kind}`, style: { '--part': `var(${processColor(process)})` } };
}
