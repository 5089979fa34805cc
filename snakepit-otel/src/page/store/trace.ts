import type { Span, TraceHead } from '../contract.js';
import { LIMITS } from './limits.js';
import { bytesOf } from './values.js';

/** What the list of traces needs of a span, and the span as JSON. */
interface KeptSpan {
  readonly id: string;
  readonly parent: string;
  readonly start: number;
  readonly ms: number;
  readonly device: string | undefined;
  readonly joules: number | undefined;
  readonly json: string;
}

/** Services and devices of a trace. */
const MAX_NAMES = 16;

/** The spans of a trace that ended. */
export class KeptTrace {
  readonly id: string;
  readonly spans: KeptSpan[] = [];
  dropped = 0;
  bytes = 0;
  hasError = false;
  #name = '';
  /** 2: its root; 1: a span whose parent is in another process; 0: any other. */
  #nameRank = -1;
  #start = Number.POSITIVE_INFINITY;
  #end = 0;
  #error: string | undefined;
  #peakMemory: number | undefined;
  readonly #devices = new Set<string>();
  readonly #services = new Set<string>();

  constructor(id: string) {
    this.id = id;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  get devices(): readonly string[] {
    return [...this.#devices];
  }

  /** @param isLocalRoot true if its parent is in another process */
  add(span: Span, isLocalRoot: boolean): void {
    const { id, parent, start, ms, device, joules } = span;
    const rank = parent === '' ? 2 : isLocalRoot ? 1 : 0;
    if (rank > this.#nameRank || (rank === this.#nameRank && start < this.#start)) {
      this.#name = span.name;
      this.#nameRank = rank;
    }
    this.#start = Math.min(this.#start, start);
    this.#end = Math.max(this.#end, start + ms);
    if (span.status === 'error') {
      this.hasError = true;
      this.#error ??= span.statusMessage?.slice(0, 256);
    }
    if (device !== undefined && this.#devices.size < MAX_NAMES) this.#devices.add(device);
    if (span.service !== '' && this.#services.size < MAX_NAMES) this.#services.add(span.service);
    if (span.peakMemory !== undefined) this.#peakMemory = Math.max(this.#peakMemory ?? 0, span.peakMemory);
    if (this.spans.length >= LIMITS.spansPerTrace) {
      this.dropped++;
      return;
    }
    const json = JSON.stringify(span);
    this.bytes += bytesOf(json);
    this.spans.push({ id, parent, start, ms, device, joules, json });
  }

  get head(): TraceHead {
    const joules = this.#joules();
    return {
      id: this.id,
      name: this.#name,
      start: this.#start,
      ms: round(this.#end - this.#start),
      spans: this.spans.length + this.dropped,
      status: this.hasError ? 'error' : 'ok',
      ...(this.#error === undefined ? undefined : { error: this.#error }),
      devices: this.devices,
      ...(joules === undefined ? undefined : { joules: round(joules) }),
      ...(this.#peakMemory === undefined ? undefined : { peakMemory: this.#peakMemory }),
      services: [...this.#services],
    };
  }

  /** Adds up the energy of the outermost spans that have it: that of a span is part of the energy of the spans around it. */
  #joules(): number | undefined {
    const measured = this.spans.filter(({ joules }) => joules !== undefined);
    if (measured.length < 2) return measured[0]?.joules;
    const parents = new Map(this.spans.map((span) => [span.id, span]));
    const isInner = (span: KeptSpan): boolean => {
      let around = parents.get(span.parent);
      for (let depth = 0; around !== undefined && depth < 100; depth++) {
        if (around.joules !== undefined && around.device === span.device) return true;
        around = parents.get(around.parent);
      }
      return false;
    };
    return measured.reduce((sum, span) => (isInner(span) ? sum : sum + (span.joules ?? 0)), 0);
  }
}

const round = (value: number): number => Math.round(value * 1000) / 1000;
