import { SEQUENCE_WINDOW } from './limits.js';

/** Jump that is taken for a restart of the producer instead of a loss. */
const MAX_JUMP = 1_000_000;

const MISSING = 0;
const SEEN = 1;
/** Number before the first one that was seen: nobody knows whether it was sent to this process. */
const UNKNOWN = 2;

/** Returned for a number that was seen before, or was lost. */
export const DUPLICATE = -1;

/** Finds repeated and missing sequence numbers among the newest {@link SEQUENCE_WINDOW}. */
export class SequenceWindow {
  readonly #states = new Uint8Array(SEQUENCE_WINDOW).fill(UNKNOWN);
  #highest: number | undefined;

  /** Records a number. Returns DUPLICATE, or how many earlier numbers are lost by now. */
  add(seq: number): number {
    const highest = this.#highest;
    if (highest === undefined) return this.#restart(seq, 0);
    if (seq === highest + 1) {
      const slot = seq % SEQUENCE_WINDOW;
      const lost = this.#states[slot] === MISSING ? 1 : 0;
      this.#states[slot] = SEEN;
      this.#highest = seq;
      return lost;
    }
    return seq > highest ? this.#jump(highest, seq) : this.#fill(highest, seq);
  }

  /** Gives up the missing numbers. Returns how many they are. */
  giveUp(): number {
    const lost = this.#countMissing();
    for (const [slot, state] of this.#states.entries()) if (state === MISSING) this.#states[slot] = SEEN;
    return lost;
  }

  #fill(highest: number, seq: number): number {
    const slot = seq % SEQUENCE_WINDOW;
    if (seq <= highest - SEQUENCE_WINDOW || this.#states[slot] === SEEN) return DUPLICATE;
    this.#states[slot] = SEEN;
    return 0;
  }

  #jump(highest: number, seq: number): number {
    const distance = seq - highest;
    if (distance > MAX_JUMP) return this.#restart(seq, this.#countMissing());
    this.#highest = seq;
    if (distance >= SEQUENCE_WINDOW) {
      const lost = this.#countMissing() + distance - SEQUENCE_WINDOW;
      this.#states.fill(MISSING);
      this.#states[seq % SEQUENCE_WINDOW] = SEEN;
      return lost;
    }
    let lost = 0;
    for (let number = highest + 1; number <= seq; number++) {
      const slot = number % SEQUENCE_WINDOW;
      if (this.#states[slot] === MISSING) lost++;
      this.#states[slot] = number === seq ? SEEN : MISSING;
    }
    return lost;
  }

  #restart(seq: number, lost: number): number {
    this.#states.fill(UNKNOWN);
    this.#states[seq % SEQUENCE_WINDOW] = SEEN;
    this.#highest = seq;
    return lost;
  }

  #countMissing(): number {
    let count = 0;
    for (const state of this.#states) if (state === MISSING) count++;
    return count;
  }
}
