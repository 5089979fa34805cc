/** Work that is divided among frames, so that much of it does not make one long frame. */
export class FrameQueue {
  readonly #perFrame: number;
  readonly #waiting = new Set<() => void>();
  #isRunning = false;

  /** @param perFrame pieces of work that a frame does at most */
  constructor(perFrame: number) {
    this.#perFrame = perFrame;
  }

  /** Does the work in one of the next frames. Work that waits already is not added again. */
  add(work: () => void): void {
    this.#waiting.add(work);
    if (this.#isRunning) return;
    this.#isRunning = true;
    requestAnimationFrame(this.#run);
  }

  delete(work: () => void): void {
    this.#waiting.delete(work);
  }

  readonly #run = (): void => {
    let done = 0;
    for (const work of this.#waiting) {
      if (done === this.#perFrame) break;
      this.#waiting.delete(work);
      work();
      done += 1;
    }
    this.#isRunning = this.#waiting.size > 0;
    if (this.#isRunning) requestAnimationFrame(this.#run);
  };
}
