import { WriteStream } from 'node:tty';
import { styleText } from 'node:util';

/** FORCE_COLOR, NO_COLOR and TERM decide, as in Node: https://nodejs.org/api/tty.html#writestreamgetcolordepthenv */
const colored =
  (process.stdout.isTTY || process.env.FORCE_COLOR !== undefined) &&
  WriteStream.prototype.getColorDepth() > 2;

const style = (format, text) => (colored ? styleText(format, text, { validateStream: false }) : text);

const BREAKER_COLORS = { closed: 'green', half_open: 'yellow', open: 'red' };

/** Lines that do not change while the demo runs. */
export function renderHeading({ hardware, replayed, runtime, pageUrl, port, otlpEndpoint }) {
  const { platform, cpu, accelerator } = hardware;
  return [
    `${style('bold', 'snakepit demo:')} ${platform}, ${cpu.model}, accelerator ${accelerator}, workers in ${runtime.name}`,
    replayed
      ? `GPU samples: ${style('yellow', 'REPLAY')} of recorded nvidia-smi output (no GPU on this host)`
      : 'GPU samples: this host',
    `live page: ${pageUrl === undefined ? 'off' : style('cyan', pageUrl)}`,
    `metrics: ${style('cyan', `http://127.0.0.1:${port}/metrics`)}   OTLP: ${otlpEndpoint ?? 'off'}`,
  ].join('\n');
}

/** @param {import('./summary.mjs').Summary} summary */
export function renderSummary({ breaker, gpus, counts, lastOperation }) {
  return [
    `breaker: ${style(BREAKER_COLORS[breaker], breaker)}`,
    ...(gpus.size > 0 ? [style('bold', 'GPUs:'), ...[...gpus].map(renderGpu)] : []),
    style('bold', 'events and operations:'),
    ...[...counts].map(renderCount),
    style('bold', 'last operation:'),
    ...(lastOperation === undefined ? [] : renderOperation(lastOperation)),
  ].join('\n');
}

/** Three lines that name the next steps. */
export function renderNextSteps({ JAEGER_QUERY_URL: jaeger, PROMETHEUS_URL: prometheus }) {
  const steps =
    jaeger === undefined || prometheus === undefined
      ? [['See it in Jaeger and Prometheus', 'npm run backends -- up, then run the demo again']]
      : [['See it in Jaeger and Prometheus', `${jaeger} and ${prometheus}`]];
  steps.push(
    ['Read about traces and metrics', 'docs/jaeger.md, docs/prometheus.md, docs/metrics.md'],
    ['Add it to your own service', 'npm install snakepit-otel; node --import snakepit-otel/register app.js'],
  );
  return [
    style('bold', 'next:'),
    ...steps.map(([goal, how]) => `  ${goal.padEnd(33)} ${style('cyan', how)}`),
  ].join('\n');
}

/** A dash stands for a value that the driver, or the recording, does not have. */
function renderGpu([device, { lost, name, used_mb, total_mb, gpu_percent, celsius, watts }]) {
  const title = `  ${device.padEnd(8)} ${(name ?? '–').padEnd(22)}`;
  if (lost) return `${title} ${style('red', 'lost')}`;
  const value = (number, width, unit) => `${format(number).padStart(width)} ${unit}`;
  return [
    title,
    `${format(used_mb)}/${format(total_mb)} MiB`.padStart(17),
    value(gpu_percent, 5, '% busy'),
    value(celsius, 4, '°C'),
    value(watts, 5, 'W'),
  ].join(' ');
}

const format = (number) => (number === undefined ? '–' : String(Math.round(number)));

function renderCount([name, count]) {
  const line = `  ${name.padEnd(46)} ${String(count).padStart(6)}`;
  return name.endsWith('✗') ? style('red', line) : line;
}

function renderOperation({ name, durationMs, error, events, children }, indent = '  ') {
  const line = `${indent}${name} ${durationMs.toFixed(1)} ms`;
  return [
    error === undefined ? line : style('red', `${line} ✗ ${error}`),
    ...events.map((event) => style('dim', `${indent}    • ${event}`)),
    ...children.flatMap((child) => renderOperation(child, `${indent}  `)),
  ];
}
