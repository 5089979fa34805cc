// The three dashboards as lists of panels, each with its queries and the unit of their values.
import { queriesOver } from './queries.mjs';

/**
 * @typedef {object} Panel
 * @property {string} title
 * @property {string} unit one of Grafana's
 * @property {'timeseries' | 'stat'} kind
 * @property {{ expr: string, legend: string }[]} queries
 */

const timeseries = (title, unit, queries) => ({ title, unit, kind: 'timeseries', queries });
const stat = (title, queries) => ({ title, unit: 'none', kind: 'stat', queries });

/** Returns the dashboards by file name. @returns {Record<string, { title: string, panels: Panel[] }>} */
export function dashboards(definitions) {
  const { last, percentOf, rate, total, quantile, quantileSoFar } = queriesOver(definitions);
  return {
    'snakepit-gpu': {
      title: 'Snakepit: GPUs',
      panels: [
        timeseries('Memory usage, percent', 'percent', [
          percentOf('snakepit.gpu.memory.used_mb', 'snakepit.gpu.memory.total_mb', ['device']),
        ]),
        timeseries('Memory usage', 'mbytes', [
          last('snakepit.gpu.memory.used_mb', ['device'], { prefix: 'used ' }),
          last('snakepit.gpu.memory.free_mb', ['device'], { prefix: 'free ' }),
        ]),
        timeseries('GPU utilization', 'percent', [last('snakepit.gpu.utilization.percent', ['device'])]),
        timeseries('Memory controller utilization', 'percent', [
          last('snakepit.gpu.memory_controller.percent', ['device']),
        ]),
        timeseries('Temperature', 'celsius', [last('snakepit.gpu.temperature.celsius', ['device'])]),
        timeseries('Power draw', 'watt', [last('snakepit.gpu.power.watts', ['device'])]),
        stat('GPUs lost', [total('snakepit.gpu.devices.lost.total', ['device'])]),
        stat('GPUs found', [total('snakepit.gpu.devices.found.total', ['device'])]),
        timeseries('Out-of-memory errors', 'eps', [rate('snakepit.errors.oom.total', ['device', 'memory'])]),
        timeseries('Hardware detection time', 's', [
          quantileSoFar(0.95, 'snakepit.hardware.detect.duration', ['accelerator']),
        ]),
      ],
    },
    'snakepit-breakers': {
      title: 'Snakepit: breakers and errors',
      panels: [
        timeseries('Breaker state: 0 closed, 1 half-open, 2 open', 'none', [
          last('snakepit.circuit_breaker.state', ['pool']),
        ]),
        timeseries('State transitions', 'eps', [
          rate('snakepit.circuit_breaker.opened.total', ['pool'], { prefix: 'opened ' }),
          rate('snakepit.circuit_breaker.half_open.total', ['pool'], { prefix: 'half-open ' }),
          rate('snakepit.circuit_breaker.closed.total', ['pool'], { prefix: 'closed ' }),
        ]),
        timeseries('Calls', 'reqps', [
          rate('snakepit.circuit_breaker.calls.allowed.total', ['pool'], { prefix: 'allowed ' }),
          rate('snakepit.circuit_breaker.calls.rejected.total', ['pool'], { prefix: 'rejected ' }),
          rate('snakepit.circuit_breaker.calls.failed.total', ['pool'], { prefix: 'failed ' }),
        ]),
        timeseries('Call duration', 's', [
          quantile(0.5, 'snakepit.circuit_breaker.call.duration', ['pool']),
          quantile(0.95, 'snakepit.circuit_breaker.call.duration', ['pool']),
        ]),
        timeseries('Python exceptions by category', 'eps', [
          rate('snakepit.errors.python_exception.total', ['category']),
        ]),
        timeseries('Python exceptions by class', 'eps', [
          rate('snakepit.errors.python_exception.total', ['type']),
        ]),
        stat('Out-of-memory errors', [total('snakepit.errors.oom.total', ['device', 'memory'])]),
        timeseries('Retries', 'eps', [
          rate('snakepit.retry.failed_attempts.total', ['pool'], { prefix: 'failed attempts ' }),
          rate('snakepit.retry.exhausted.total', ['pool'], { prefix: 'exhausted ' }),
        ]),
        timeseries('Retry delay', 'ms', [quantile(0.95, 'snakepit.retry.backoff.delay_ms', ['pool'])]),
      ],
    },
    'snakepit-workers': {
      title: 'Snakepit: workers and spans',
      panels: [
        timeseries('Workers', 'none', [
          last('snakepit.pool.workers.busy', ['pool'], { prefix: 'busy ' }),
          last('snakepit.pool.workers.available', ['pool'], { prefix: 'available ' }),
          last('snakepit.pool.size', ['pool'], { prefix: 'configured ' }),
        ]),
        timeseries('Queue depth', 'none', [last('snakepit.pool.queue.depth', ['pool'])]),
        timeseries('Queue time', 's', [
          quantile(0.5, 'snakepit.pool.queue.time', ['pool']),
          quantile(0.95, 'snakepit.pool.queue.time', ['pool']),
        ]),
        timeseries('Queue refusals and timeouts', 'reqps', [
          rate('snakepit.pool.saturated.total', ['pool'], { prefix: 'refused ' }),
          rate('snakepit.pool.queue.timeouts.total', ['pool'], { prefix: 'timed out ' }),
        ]),
        timeseries('Calls dispatched', 'reqps', [
          rate('snakepit.pool.calls.dispatched.total', ['pool', 'queued']),
        ]),
        timeseries('Workers terminated', 'eps', [
          rate('snakepit.pool.worker.terminated.total', ['pool', 'planned']),
        ]),
        timeseries('Worker start time', 's', [
          quantileSoFar(0.95, 'snakepit.pool.worker.spawn.duration', ['pool']),
        ]),
        timeseries('Worker downtime', 's', [quantileSoFar(0.95, 'snakepit.pool.worker.downtime', ['pool'])]),
        timeseries('Heartbeats', 'eps', [
          rate('snakepit.heartbeat.pings', ['worker_id'], { prefix: 'pings ' }),
          rate('snakepit.heartbeat.pongs', ['worker_id'], { prefix: 'pongs ' }),
        ]),
        timeseries('Heartbeat round trip', 's', [
          quantile(0.95, 'snakepit.heartbeat.latency', ['worker_id']),
        ]),
        timeseries('Operations', 'ops', [rate('traces.span.metrics.calls', ['span_name', 'status_code'])]),
        timeseries('Operation duration', 's', [
          quantile(0.5, 'traces.span.metrics.duration', ['span_name']),
          quantile(0.95, 'traces.span.metrics.duration', ['span_name']),
        ]),
      ],
    },
  };
}
