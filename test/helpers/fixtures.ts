import { readFile } from 'node:fs/promises';
import { vi } from 'vitest';
import type { GpuReading } from '../../src/gpu/readings.js';
import type { GpuSample, GpuSource } from '../../src/gpu/source.js';

const FOLDER = new URL('../fixtures/nvidia-smi/', import.meta.url);

export const fixturePath = (name: string) => new URL(name, FOLDER).pathname;
export const fixture = (name: string) => readFile(new URL(name, FOLDER), 'utf8');

/** Waits for another process. The time limit allows for a machine under load. */
export const until = <T>(condition: () => T | Promise<T>) => vi.waitUntil(condition, { timeout: 30_000 });

export const gpu = (index: number, rest: Partial<GpuReading> = {}): GpuReading => ({
  device: `cuda:${index}`,
  index,
  vendor: 'nvidia',
  uuid: `GPU-${index}`,
  ...rest,
});

/** A GPU source that returns the samples of a test. */
export class FakeSource implements GpuSource {
  readonly name = 'fake';
  calls = 0;
  closed = 0;
  readonly samplingIntervals: (number | undefined)[] = [];

  /** @param respond returns the sample of the nth call, counted from 1 */
  constructor(readonly respond: (call: number, signal: AbortSignal) => Promise<GpuSample> | GpuSample) {}

  async sample(signal: AbortSignal): Promise<GpuSample> {
    this.calls += 1;
    return this.respond(this.calls, signal);
  }

  setSamplingInterval(intervalMs: number | undefined): void {
    this.samplingIntervals.push(intervalMs);
  }

  async close(): Promise<void> {
    this.closed += 1;
  }
}

export const sampled = (...readings: GpuReading[]): GpuSample => ({ readings, faults: [] });
