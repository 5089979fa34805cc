// The dashboards as lists of panels, each with its queries and the unit of their values.
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
  const { last, percentOf, rate, observations, total, quantile, quantileSoFar } = queriesOver(definitions);
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
    'snakepit-gpu-details': {
      title: 'Snakepit: GPU activity, links and health',
      panels: [
        timeseries('Activity by component', 'percent', [
          last('snakepit.gpu.activity.percent', ['device', 'component']),
        ]),
        timeseries('Occupancy of the streaming multiprocessors', 'percent', [
          last('snakepit.gpu.sm_occupancy.percent', ['device']),
        ]),
        timeseries('Clocks', 'rotmhz', [last('snakepit.gpu.clock.mhz', ['device', 'clock'])]),
        timeseries('Throttled, share of time', 'percentunit', [
          rate('snakepit.gpu.throttled.seconds.total', ['device', 'reason']),
        ]),
        timeseries('Memory by process', 'mbytes', [
          last('snakepit.gpu.process.memory.used_mb', ['device', 'process', 'pid']),
        ]),
        timeseries('Power by energy counter', 'watt', [rate('snakepit.gpu.energy.joules.total', ['device'])]),
        timeseries('PCIe traffic', 'Bps', [
          last('snakepit.gpu.pcie.bytes_per_second', ['device', 'direction']),
        ]),
        timeseries('NVLink traffic', 'Bps', [
          last('snakepit.gpu.nvlink.bytes_per_second', ['device', 'direction']),
        ]),
        timeseries('Errors of links', 'eps', [
          rate('snakepit.gpu.pcie.replays.total', ['device'], { prefix: 'PCIe replays ' }),
          rate('snakepit.gpu.nvlink.errors.total', ['device', 'type'], { prefix: 'NVLink ' }),
        ]),
        stat('Memory errors since the driver was loaded', [
          total('snakepit.gpu.ecc_errors.total', ['device', 'type']),
        ]),
        stat('Memory rows remapped', [total('snakepit.gpu.remapped_rows.total', ['device', 'cause'])]),
        stat('State: 1 is the present one', [last('snakepit.gpu.status', ['device', 'state'])]),
        stat('Xid errors', [total('snakepit.gpu.xid_errors.total', ['device', 'xid'])]),
        stat('Failures of reading GPUs', [total('snakepit.gpu.sample_failures.total', ['source', 'reason'])]),
      ],
    },
    'snakepit-models': {
      title: 'Snakepit: models',
      panels: [
        timeseries('Model runs', 'reqps', [observations('snakepit.inference.duration', ['model'])]),
        timeseries('Model runs that failed', 'eps', [
          rate('snakepit.inference.exceptions.total', ['model', 'error_type']),
        ]),
        timeseries('Duration of model runs', 's', [
          quantile(0.5, 'snakepit.inference.duration', ['model', 'provider']),
          quantile(0.95, 'snakepit.inference.duration', ['model', 'provider']),
        ]),
        timeseries('Waiting and computing, p95', 's', [
          quantile(0.95, 'snakepit.inference.queue.time', ['model'], { prefix: 'waiting ' }),
          quantile(0.95, 'snakepit.inference.compute.time', ['model'], { prefix: 'computing ' }),
        ]),
        timeseries('Items', 'ops', [rate('snakepit.inference.items.total', ['model'])]),
        timeseries('Tokens', 'ops', [
          rate('snakepit.inference.input_tokens.total', ['model'], { prefix: 'input ' }),
          rate('snakepit.inference.output_tokens.total', ['model'], { prefix: 'output ' }),
        ]),
        timeseries('Time to the first token', 's', [
          quantile(0.5, 'snakepit.inference.first_token.time', ['model']),
          quantile(0.95, 'snakepit.inference.first_token.time', ['model']),
        ]),
        timeseries('Time to load a model', 's', [
          quantileSoFar(0.95, 'snakepit.model.load.duration', ['model', 'provider']),
        ]),
        timeseries('Out-of-memory errors', 'eps', [rate('snakepit.errors.oom.total', ['device', 'memory'])]),
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
