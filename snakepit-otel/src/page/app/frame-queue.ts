/** Work that is divided among frames, so that much of it does not make one long frame. */
export class FrameQueue {
  readonly #room: number;
  readonly #waiting = new Map<() => void, number>();
  #isRunning = false;

  /** @param room most that pieces of work of one frame cost together */
  constructor(room: number) {
    this.#room = room;
  }

  /** Does the work in one of the next frames. Work that waits already is not added again. */
  add(work: () => void, cost: number): void {
    if (!this.#waiting.has(work)) this.#waiting.set(work, cost);
    if (this.#isRunning) return;
    this.#isRunning = true;
    requestAnimationFrame(this.#run);
  }

  delete(work: () => void): void {
    this.#waiting.delete(work);
  }

  readonly #run = (): void => {
    let room = this.#room;
    for (const [work, cost] of this.#waiting) {
      if (room < cost && room < this.#room) break;
      this.#waiting.delete(work);
      work();
      room -= cost;
    }
    this.#isRunning = this.#waiting.size > 0;
    if (this.#isRunning) requestAnimationFrame(this.#run);
  };
}

/** Costs of work, in changes of a text, with the layout and paint that the browser does after it. */
export const COSTS = { text: 1, gpu: 3, chart: 3 };

/** All that changes with time. On a processor that is slow, more than this in a frame makes it a long one. */
export const frames = new FrameQueue(6);
