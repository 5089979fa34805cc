// What other GPU exporters report, and where it is here.

/** @typedef {{ name: string, isDefault?: true, metrics?: readonly string[], note?: string }} Counterpart */

const has = (name, metric, note) => ({ name, metrics: [metric].flat(), note });
const cannot = (name, note) => ({ name, note });
const byDefault = (counterpart) => ({ ...counterpart, isDefault: true });
const HOPPER = 'Hopper and newer; before, only DCGM reads it';

/**
 * Fields in dcgm-exporter's `etc/default-counters.csv` and its profiling counters.
 *
 * @type {readonly Counterpart[]}
 */
export const DCGM_EXPORTER = [
  byDefault(has('DCGM_FI_DEV_SM_CLOCK', 'snakepit.gpu.clock.mhz', 'clock `sm`')),
  byDefault(has('DCGM_FI_DEV_MEM_CLOCK', 'snakepit.gpu.clock.mhz', 'clock `memory`')),
  byDefault(has('DCGM_FI_DEV_MEMORY_TEMP', 'snakepit.gpu.memory.temperature.celsius')),
  byDefault(has('DCGM_FI_DEV_GPU_TEMP', 'snakepit.gpu.temperature.celsius')),
  byDefault(has('DCGM_FI_DEV_POWER_USAGE', 'snakepit.gpu.power.watts')),
  byDefault(has('DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION', 'snakepit.gpu.energy.joules.total')),
  byDefault(
    has('DCGM_FI_DEV_PCIE_TX_THROUGHPUT', [
      'snakepit.gpu.pcie.bytes.total',
      'snakepit.gpu.pcie.bytes_per_second',
    ]),
  ),
  byDefault(
    has('DCGM_FI_DEV_PCIE_RX_THROUGHPUT', [
      'snakepit.gpu.pcie.bytes.total',
      'snakepit.gpu.pcie.bytes_per_second',
    ]),
  ),
  byDefault(has('DCGM_FI_DEV_PCIE_REPLAY_COUNTER', 'snakepit.gpu.pcie.replays.total')),
  byDefault(has('DCGM_FI_DEV_GPU_UTIL', 'snakepit.gpu.utilization.percent')),
  byDefault(has('DCGM_FI_DEV_MEM_COPY_UTIL', 'snakepit.gpu.memory_controller.percent')),
  byDefault(has('DCGM_FI_DEV_ENC_UTIL', 'snakepit.gpu.encoder.percent')),
  byDefault(has('DCGM_FI_DEV_DEC_UTIL', 'snakepit.gpu.decoder.percent')),
  byDefault(
    has('DCGM_FI_DEV_XID_ERRORS', 'snakepit.gpu.xid_errors.total', 'every error is counted by its code'),
  ),
  ...['POWER', 'THERMAL', 'SYNC_BOOST', 'BOARD_LIMIT', 'LOW_UTIL', 'RELIABILITY'].map((cause) =>
    has(`DCGM_FI_DEV_${cause}_VIOLATION`, 'snakepit.gpu.throttled.seconds.total'),
  ),
  has('DCGM_FI_DEV_CLOCKS_EVENT_REASONS', 'snakepit.gpu.throttled'),
  byDefault(has('DCGM_FI_DEV_FB_FREE', 'snakepit.gpu.memory.free_mb')),
  byDefault(has('DCGM_FI_DEV_FB_USED', 'snakepit.gpu.memory.used_mb')),
  has('DCGM_FI_DEV_FB_RESERVED', 'snakepit.gpu.memory.reserved_mb'),
  has('DCGM_FI_DEV_ECC_SBE_VOL_TOTAL', 'snakepit.gpu.ecc_errors.total'),
  has('DCGM_FI_DEV_ECC_DBE_VOL_TOTAL', 'snakepit.gpu.ecc_errors.total'),
  has('DCGM_FI_DEV_ECC_SBE_AGG_TOTAL', 'snakepit.gpu.ecc_errors.lifetime.total'),
  has('DCGM_FI_DEV_ECC_DBE_AGG_TOTAL', 'snakepit.gpu.ecc_errors.lifetime.total'),
  has('DCGM_FI_DEV_RETIRED_SBE', 'snakepit.gpu.retired_pages.total'),
  has('DCGM_FI_DEV_RETIRED_DBE', 'snakepit.gpu.retired_pages.total'),
  has('DCGM_FI_DEV_RETIRED_PENDING', 'snakepit.gpu.retired_pages.pending'),
  ...['CRC_FLIT', 'CRC_DATA', 'REPLAY', 'RECOVERY'].map((type) =>
    has(`DCGM_FI_DEV_NVLINK_${type}_ERROR_COUNT_TOTAL`, 'snakepit.gpu.nvlink.errors.total'),
  ),
  byDefault(has('DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL', 'snakepit.gpu.nvlink.bytes.total')),
  byDefault(cannot('DCGM_FI_DEV_VGPU_LICENSE_STATUS', 'a state of the license server, not of the GPU')),
  byDefault(has('DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS', 'snakepit.gpu.remapped_rows.total')),
  byDefault(has('DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS', 'snakepit.gpu.remapped_rows.total')),
  byDefault(has('DCGM_FI_DEV_ROW_REMAP_FAILURE', 'snakepit.gpu.remapped_rows.failed')),
  byDefault(
    has(
      'labels `pod`, `namespace`, `container`',
      ['snakepit.gpu.pod.info', 'snakepit.gpu.process.memory.used_mb'],
      'as `k8s.*` attributes on newest values and on series of processes, see [Kubernetes](kubernetes.md#pods)',
    ),
  ),
  has('DCGM_FI_DRIVER_VERSION', 'snakepit.gpu.info'),
  has('DCGM_FI_DEV_SERIAL', 'snakepit.gpu.info'),
  has('DCGM_FI_DEV_VBIOS_VERSION', 'snakepit.gpu.info'),
  has('DCGM_EXP_GPU_HEALTH_STATUS', 'snakepit.gpu.status', 'from the driver; DCGM runs checks of its own'),
  has('DCGM_FI_PROF_GR_ENGINE_ACTIVE', 'snakepit.gpu.activity.percent', HOPPER),
  has('DCGM_FI_PROF_SM_ACTIVE', 'snakepit.gpu.activity.percent', HOPPER),
  has('DCGM_FI_PROF_SM_OCCUPANCY', 'snakepit.gpu.sm_occupancy.percent', HOPPER),
  has('DCGM_FI_PROF_PIPE_TENSOR_ACTIVE', 'snakepit.gpu.activity.percent', HOPPER),
  has('DCGM_FI_PROF_DRAM_ACTIVE', 'snakepit.gpu.activity.percent', HOPPER),
  ...['64', '32', '16'].map((bits) =>
    has(`DCGM_FI_PROF_PIPE_FP${bits}_ACTIVE`, 'snakepit.gpu.activity.percent', HOPPER),
  ),
  has('DCGM_FI_PROF_PCIE_TX_BYTES', ['snakepit.gpu.pcie.bytes.total', 'snakepit.gpu.pcie.bytes_per_second']),
  has('DCGM_FI_PROF_PCIE_RX_BYTES', ['snakepit.gpu.pcie.bytes.total', 'snakepit.gpu.pcie.bytes_per_second']),
  has('DCGM_FI_PROF_NVLINK_TX_BYTES', [
    'snakepit.gpu.nvlink.bytes.total',
    'snakepit.gpu.nvlink.bytes_per_second',
  ]),
  has('DCGM_FI_PROF_NVLINK_RX_BYTES', [
    'snakepit.gpu.nvlink.bytes.total',
    'snakepit.gpu.nvlink.bytes_per_second',
  ]),
];

/**
 * GPU metrics in the README of OpenLIT's GPU collector.
 *
 * @type {readonly Counterpart[]}
 */
export const OPENLIT = [
  has('hw.gpu.utilization', 'hw.gpu.utilization'),
  has(
    'hw.gpu.memory.utilization',
    'snakepit.gpu.memory_controller.percent',
    'there, use of the memory controller; here, as OTel defines it, memory in use',
  ),
  has('hw.gpu.memory.limit', 'hw.gpu.memory.limit'),
  has('hw.gpu.memory.usage', 'hw.gpu.memory.usage'),
  has('hw.gpu.memory.free', 'snakepit.gpu.memory.free_mb'),
  has('hw.gpu.temperature', 'hw.temperature', 'sensors `gpu` and `memory`'),
  has('hw.gpu.fan_speed', 'hw.fan.speed_ratio', 'a fraction of the maximum, as NVML reports it'),
  has('hw.gpu.power.draw', 'hw.power'),
  has('hw.gpu.power.limit', 'snakepit.gpu.power.limit_watts'),
  has('hw.gpu.energy.consumed', 'hw.energy'),
  has('hw.gpu.clock.graphics', 'snakepit.gpu.clock.mhz'),
  has('hw.gpu.clock.memory', 'snakepit.gpu.clock.mhz'),
  has('hw.errors', 'hw.errors', 'also errors of PCIe and NVLink'),
  has('utilization and memory of a process', [
    'snakepit.gpu.process.utilization.percent',
    'snakepit.gpu.process.memory.used_mb',
  ]),
  has('`hw.gpu.up`', 'snakepit.gpu.info', 'absent for a GPU that is lost'),
  cannot('CUDA tracing with eBPF', 'needs `CAP_BPF` and `CAP_PERFMON`; nothing here needs root'),
];
