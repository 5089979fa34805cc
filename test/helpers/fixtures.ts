import { readFile } from 'node:fs/promises';
import { vi } from 'vitest';
import type { GpuReading } from '../../src/gpu/readings.js';
import type { GpuSample, GpuSource } from '../../src/gpu/source.js';

const FOLDER = new URL('../fixtures/nvidia-smi/', import.meta.url);

export const fixturePath = (name: string) => new URL(name, FOLDER).pathname;
export const fixture = (name: string) => readFile(new URL(name, FOLDER), 'utf8');

/** Waits for other processes, on machines that are busy too. */
export const until = <T>(condition: () => T | Promise<T>) => vi.waitUntil(condition, { timeout: 30_000 });

export const gpu = (index: number, rest: Partial<GpuReading> = {}): GpuReading => ({
  device: `cuda:${index}`,
  index,
  vendor: 'nvidia',
  uuid: `GPU-${index}`,
  ...rest,
});

/** Stand-in for a source: answers what the test says, when it says so. */
export class StandInSource implements GpuSource {
  readonly name = 'stand-in';
  calls = 0;
  closed = 0;
  readonly paces: (number | undefined)[] = [];

  constructor(readonly answer: (call: number, signal: AbortSignal) => Promise<GpuSample> | GpuSample) {}

  async sample(signal: AbortSignal): Promise<GpuSample> {
    this.calls += 1;
    return this.answer(this.calls, signal);
  }

  setSamplingInterval(intervalMs: number | undefined): void {
    this.paces.push(intervalMs);
  }

  async close(): Promise<void> {
    this.closed += 1;
  }
}

export const sampled = (...readings: GpuReading[]): GpuSample => ({ readings, faults: [] });
