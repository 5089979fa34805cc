/** Starts and stops a recorder. It records while it is enabled and an SDK receives what it records. */
export class RecordingSwitch {
  #isEnabled = false;
  #stop: (() => void) | undefined;
  readonly #isWanted: () => boolean;
  readonly #start: () => () => void;

  /**
   * @param isWanted returns true if an SDK receives what the recorder records
   * @param start starts recording, and returns a function that stops it
   */
  constructor(isWanted: () => boolean, start: () => () => void) {
    this.#isWanted = isWanted;
    this.#start = start;
  }

  /** Starts recording. Without an SDK it subscribes to nothing, and events cost as little as unobserved ones. */
  enable(): void {
    this.#isEnabled = true;
    this.refresh();
  }

  /** Stops recording. */
  disable(): void {
    this.#isEnabled = false;
    this.refresh();
  }

  /** Starts or stops after a change of the provider. */
  refresh(): void {
    // A provider is not asked while disabled: it may be shut down, and warn about that.
    const isWanted = this.#isEnabled && this.#isWanted();
    if (isWanted === this.isRecording) return;
    if (isWanted) this.#stop = this.#start();
    else this.#pause();
  }

  /** Runs `change` while the recorder is stopped. */
  restart(change: () => void): void {
    this.#pause();
    change();
    this.refresh();
  }

  get isRecording(): boolean {
    return this.#stop !== undefined;
  }

  #pause(): void {
    const stop = this.#stop;
    this.#stop = undefined;
    stop?.();
  }
}
