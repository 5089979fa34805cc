import type { TurnBudget } from 'opentelemetry-instrumentation-snakepit/internal';
import { type LengthField, type Range, varint } from './protobuf.js';

/** A part of a message to replace; without a length it is inserted. */
export interface Edit extends Range {
  readonly by: Uint8Array;
}

/** Returns the bytes with parts replaced. The edits are in order and do not overlap. */
export async function applyEdits(
  bytes: Uint8Array,
  edits: readonly Edit[],
  turn: TurnBudget,
): Promise<Buffer> {
  let length = bytes.length;
  for (const { start, end, by } of edits) length += by.length - (end - start);
  const result = Buffer.allocUnsafe(length);
  let [from, to] = [0, 0];
  for (const { start, end, by } of edits) {
    if (turn.isSpent) await turn.next();
    result.set(bytes.subarray(from, start), to);
    to += start - from;
    result.set(by, to);
    to += by.length;
    from = end;
  }
  result.set(bytes.subarray(from), to);
  return result;
}

/** Collects edits inside nested messages, and corrects the lengths of the messages around them. */
export class MessageEdits {
  readonly #edits: Edit[] = [];
  /** Those of lengths. Each list is nearly in order, so that sorting both takes linear time. */
  readonly #lengths: Edit[] = [];

  get isEmpty(): boolean {
    return this.#edits.length === 0;
  }

  /** Adds an edit. @returns by how much it makes its message longer */
  add(edit: Edit): number {
    this.#edits.push(edit);
    return edit.by.length - (edit.end - edit.start);
  }

  /** Corrects the length of a message that becomes longer. @returns by how much the message around it does */
  lengthen({ lengthAt, start, end }: LengthField, by: number): number {
    if (by === 0) return 0;
    const length = varint(end - start + by);
    this.#lengths.push({ start: lengthAt, end: start, by: length });
    return by + length.length - (start - lengthAt);
  }

  /** Returns the edited bytes. */
  applyTo(bytes: Uint8Array, turn: TurnBudget): Promise<Buffer> {
    return applyEdits(
      bytes,
      [...this.#lengths, ...this.#edits].sort((one, other) => one.start - other.start),
      turn,
    );
  }
}
