// Renders the tables of docs/gpu-sources.md.
import { DCGM_EXPORTER, OPENLIT } from './parity.mjs';
import { IDENTITY, NOT_OF_NVML, REPORTED, SOURCES } from './support.mjs';

const code = (text) => `\`${text}\``;
const row = (cells) => `| ${cells.join(' | ')} |`;
const table = (head, rows) => [row(head), `|${'---|'.repeat(head.length)}`, ...rows.map(row)].join('\n');
const NONE = '–';

const isReported = (source, key) =>
  source === 'nvml' ? !NOT_OF_NVML.includes(key) : REPORTED[source].includes(key);

/**
 * Each reading with its key and unit, and the sources that report it.
 *
 * @param {{ labels: ReadonlyMap<string, string>, readings: Readonly<Record<string, { unit: string }>> }} gpu
 */
export function renderReadings({ labels, readings }) {
  return table(
    ['reading', 'key', 'unit', ...SOURCES],
    [...Object.entries(IDENTITY), ...labels].map(([key, label]) => [
      label,
      code(key),
      readings[key] === undefined ? NONE : code(readings[key].unit),
      ...SOURCES.map((source) => (isReported(source, key) ? '✓' : NONE)),
    ]),
  );
}

const OFTEN = 'each sample';
const CACHED = 'once a second';
const BETWEEN = 'between samples';

/** Values that are not in the table of queries. */
const OTHER_CALLS = {
  pcieTransmitBytesPerSecond: [`${code('nvmlDeviceGetPcieThroughput')}, 20 ms`, BETWEEN],
  pcieReceiveBytesPerSecond: [`${code('nvmlDeviceGetPcieThroughput')}, 20 ms`, BETWEEN],
  mpsClients: [code('nvmlDeviceGetMPSComputeRunningProcesses'), OFTEN],
  throttleReasons: [code('nvmlDeviceGetCurrentClocksEventReasons'), OFTEN],
  status: ['the recovery action, repairs of memory, Xid errors', 'nothing'],
  xids: ['an event of the driver', OFTEN],
  processes: [
    `${code('nvmlDeviceGet{Compute,Graphics,MPSCompute}RunningProcesses')}; their use: ${code('nvmlDeviceGetProcessesUtilizationInfo')} or ${code('nvmlDeviceGetProcessUtilization')}`,
    `${OFTEN}; their use ${CACHED}`,
  ],
};

/**
 * The call of NVML that supplies each reading, and how often it is made.
 *
 * @param {{ labels: ReadonlyMap<string, string>, nvml: any }} gpu
 */
export function renderNvmlReadings({ labels, nvml: { queries, nvmlName, fieldSources, gpmMetrics } }) {
  const callsOf = (key) => {
    const calls = [];
    if (key in gpmMetrics) calls.push([`GPM metric ${gpmMetrics[key]}`, BETWEEN]);
    if (key in fieldSources) {
      const ids = [...new Set(fieldSources[key].map(({ id }) => id))];
      calls.push([`field ${ids.join(' or ')}`, `${CACHED}, one call for all fields`]);
    } else {
      const query = queries.find(({ fields }) => fields.includes(key));
      if (query !== undefined) calls.push([code(nvmlName(query.fn)), query.isCached ? CACHED : OFTEN]);
    }
    if (key in OTHER_CALLS) calls.push(OTHER_CALLS[key]);
    return calls;
  };
  return table(
    ['reading', 'read from', 'how often'],
    [...labels]
      .filter(([key]) => !NOT_OF_NVML.includes(key))
      .map(([key, label]) => {
        const calls = callsOf(key);
        if (calls.length === 0) throw new Error(`no call of NVML for ${key}`);
        return [
          label,
          calls.map(([call]) => call).join('; else '),
          [...new Set(calls.map(([, often]) => often))].join('; '),
        ];
      }),
  );
}

/**
 * What other exporters report, and the metrics here.
 *
 * @param {ReadonlySet<string>} metrics names of all metrics
 */
export function renderParity(metrics) {
  const rows = (list) =>
    list.map(({ name, isDefault, metrics: own, note }) => {
      for (const each of own ?? []) if (!metrics.has(each)) throw new Error(`no metric ${each}`);
      const shown = name.includes(' ') || name.startsWith('`') ? name : code(name);
      return [
        isDefault ? `**${shown}**` : shown,
        own === undefined ? 'no' : own.map(code).join(', '),
        note ?? '',
      ];
    });
  return [
    'Names in bold are on by default in dcgm-exporter, which needs `CAP_SYS_ADMIN` for its profiling counters (`PROF`). Here the driver',
    'decides who may read activity.',
    '',
    table(['dcgm-exporter', 'here', 'remark'], rows(DCGM_EXPORTER)),
    '',
    table(['OpenLIT’s GPU collector', 'here', 'remark'], rows(OPENLIT)),
  ].join('\n');
}
