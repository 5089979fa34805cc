import { type Signal, signal } from '@preact/signals';

/** Details of a row that were asked for, or why there are none. */
export type Detail<Value> =
  | { readonly state: 'loading'; readonly id: string }
  | { readonly state: 'ready'; readonly id: string; readonly value: Value }
  | { readonly state: 'missing'; readonly id: string; readonly reason: string };

const KEPT = 8;

/** Fetches details of rows, each version of a row once, and keeps the last few. */
export class Details<Value> {
  readonly current: Signal<Detail<Value> | undefined> = signal(undefined);
  readonly #path: string;
  readonly #kept = new Map<string, Value>();
  #wanted = '';

  /** @param path Path of the interface, as `traces`. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Shows a row. What was fetched before for another version stays in sight until the new one is there. */
  async show(id: string, version: string): Promise<void> {
    const key = `${id} ${version}`;
    if (this.#wanted === key) return;
    this.#wanted = key;
    const known = this.#kept.get(key);
    if (known !== undefined) {
      this.current.value = { state: 'ready', id, value: known };
      return;
    }
    if (this.current.peek()?.id !== id) this.current.value = { state: 'loading', id };
    const result = await this.#fetch(id);
    if (this.#wanted !== key) return;
    this.current.value = result;
    if (result.state === 'ready') this.#keep(key, result.value);
  }

  async #fetch(id: string): Promise<Detail<Value>> {
    await painted();
    try {
      const response = await fetch(`api/v1/${this.#path}/${encodeURIComponent(id)}`);
      if (response.ok) return { state: 'ready', id, value: await response.json() };
      const reason =
        response.status === 404
          ? 'The server does not keep it any more.'
          : `The server answered ${response.status}.`;
      return { state: 'missing', id, reason };
    } catch {
      return { state: 'missing', id, reason: 'The server cannot be reached.' };
    }
  }

  #keep(key: string, value: Value): void {
    this.#kept.set(key, value);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) return;
      this.#kept.delete(oldest);
    }
  }
}

/** Resolves when what is in the page is drawn, so that charts come before details. */
function painted(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)));
  });
}
