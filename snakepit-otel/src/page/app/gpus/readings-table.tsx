import type { GpuModel } from '../data/gpu-model.js';
import { formatGib, formatTime, percent } from '../format.js';

const ROWS = 12;

/** The charts of a GPU as a table: values at equal distances, the newest first. */
export function ReadingsTable({ gpu }: { readonly gpu: GpuModel }) {
  gpu.now.value;
  const { time, mean } = gpu.columns;
  const step = Math.max(1, Math.floor(time.length / ROWS));
  const indexes = Array.from(
    { length: Math.min(ROWS, time.length) },
    (_, row) => time.length - 1 - row * step,
  );
  const cell = (value: number | null | undefined, format: (value: number) => string) =>
    value === null || value === undefined ? '–' : format(value);
  const rounded = (value: number) => `${Math.round(value)}`;
  return (
    <div class="readings">
      <table>
        <caption class="sr">Readings of {gpu.device}</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col" class="num">
              Memory, GiB
            </th>
            <th scope="col" class="num">
              Busy, %
            </th>
            <th scope="col" class="num">
              Power, W
            </th>
            <th scope="col" class="num">
              Temp., °C
            </th>
            <th scope="col" class="num">
              Clock, MHz
            </th>
          </tr>
        </thead>
        <tbody>
          {indexes.map((index) => (
            <tr key={time[index]}>
              <th scope="row">{formatTime((time[index] ?? 0) * 1000)}</th>
              <td class="num">{cell(mean.memory[index], formatGib)}</td>
              <td class="num">{cell(mean.utilization[index], percent)}</td>
              <td class="num">{cell(mean.power[index], rounded)}</td>
              <td class="num">{cell(mean.temperature[index], rounded)}</td>
              <td class="num">{cell(mean.clock[index], rounded)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
