import { describe, expect, it } from 'vitest';
import { THROTTLE_REASONS } from '../../../../src/catalog/throttle-reasons.js';
import { QUERY_COLUMNS } from '../../../../src/gpu/sources/nvidia-smi/columns.js';
import { parseNvidiaSmiCsv } from '../../../../src/gpu/sources/nvidia-smi/csv.js';
import { fixture } from '../../../helpers/fixtures.js';

const parse = async (name: string) => parseNvidiaSmiCsv(await fixture(name));

describe('recorded output', () => {
  it('from 2016 with eight TITAN X has identity, memory, utilization and temperature of each', async () => {
    const { readings, faults } = await parse('titan-x-2016.csv');
    expect(faults).toEqual([]);
    expect(readings).toHaveLength(8);
    expect(readings[1]).toEqual({
      device: 'cuda:1',
      index: 1,
      vendor: 'nvidia',
      uuid: 'GPU-86fe97db-bf54-a056-4e8d-9b07e1a298e7',
      name: 'GeForce GTX TITAN X',
      celsius: 54,
      gpuPercent: 86,
      memoryUsedMib: 10032,
      memoryTotalMib: 12206,
    });
  });

  it.each(['unsupported-before-440.csv', 'unsupported-since-440.csv'])(
    'in %s keeps a real 0 and omits unsupported values without a fault',
    async (name) => {
      const { readings, faults } = await parse(name);
      expect(faults).toEqual([]);
      expect(readings[0]).toMatchObject({
        memoryTotalMib: 2004,
        memoryUsedMib: 0,
        gpuPercent: 0,
        celsius: 44,
      });
    },
  );

  it('with units and without an index numbers devices by their position', async () => {
    const { readings, faults } = await parse('gtx-1080ti-and-1060-2020.csv');
    expect(faults).toEqual([]);
    expect(readings).toMatchObject([
      { device: 'cuda:0', name: 'GeForce GTX 1080 Ti', memoryUsedMib: 2856, gpuPercent: 36, watts: 106.56 },
      { device: 'cuda:1', name: 'GeForce GTX 1060 6GB', memoryUsedMib: 4, gpuPercent: 0, watts: 5.68 },
    ]);
  });

  it('from 2026 with a loaded H100 has all queried values but a fan and retired pages', async () => {
    const text = await fixture('h100-590.48.01.csv');
    const columns = text.split('\n')[0]?.replace(/ \[.*?\]/g, '');
    expect(columns?.split(', ')).toEqual(QUERY_COLUMNS);
    expect(parseNvidiaSmiCsv(text)).toEqual({
      readings: [
        {
          device: 'cuda:0',
          index: 0,
          vendor: 'nvidia',
          uuid: 'GPU-00000000-0000-0000-0000-000000000000',
          name: 'NVIDIA H100 80GB HBM3',
          pciAddress: '0000:00:09.0',
          driverVersion: '590.48.01',
          firmwareVersion: '96.00.A5.00.01',
          serialNumber: '0000000000000',
          memoryTotalMib: 81559,
          memoryUsedMib: 19818,
          memoryFreeMib: 61263,
          memoryReservedMib: 479,
          gpuPercent: 100,
          memoryControllerPercent: 11,
          encoderPercent: 0,
          decoderPercent: 0,
          celsius: 59,
          memoryCelsius: 54,
          watts: 631.95,
          limitWatts: 700,
          graphicsClockMhz: 1980,
          smClockMhz: 1980,
          memoryClockMhz: 2619,
          videoClockMhz: 1545,
          pcieLinkGeneration: 5,
          pcieMaxLinkGeneration: 5,
          pcieLinkWidth: 16,
          pcieMaxLinkWidth: 16,
          eccCorrectedErrors: 0,
          eccUncorrectedErrors: 0,
          eccCorrectedLifetimeErrors: 0,
          eccUncorrectedLifetimeErrors: 0,
          remappedCorrectedRows: 0,
          remappedUncorrectedRows: 0,
          remappedRowsPending: 0,
          remappedRowsFailed: 0,
          powerThrottledSeconds: 0,
          syncBoostThrottledSeconds: 0,
          swThermalThrottledSeconds: 0,
          hwThermalThrottledSeconds: 0,
          powerBrakeThrottledSeconds: 0,
          recoveryAction: 0,
          throttleReasons: [],
          status: 'ok',
        },
      ],
      faults: [],
    });
  });

  it('from 2021 with an idle GPU has no throttle reasons, and no error counts without ECC', async () => {
    const { readings, faults } = await parse('rtx-2080-super-465.27.csv');
    expect(faults).toEqual([]);
    expect(readings[0]).toMatchObject({ fanPercent: 38, videoClockMhz: 540, throttleReasons: [] });
    expect(readings[0]).not.toHaveProperty('eccCorrectedErrors');
  });

  it('with unknown columns is read without them', async () => {
    const windows = await parse('rtx-2080ti-442.19.csv');
    expect(windows.faults).toEqual([]);
    expect(windows.readings[0]).toMatchObject({ watts: 228.82, celsius: 56, memoryControllerPercent: 37 });
    const linux = await parse('rtx-3080ti-520.56.06.csv');
    expect(linux.readings).toMatchObject([{ device: 'cuda:0', celsius: 56, gpuPercent: 26, watts: 83.92 }]);
  });
});

describe('written output', () => {
  it('for two GPUs has every reading and the full identity', async () => {
    const text = await fixture('written-two-h100-550.csv');
    expect(parseNvidiaSmiCsv(text).readings[0]).toEqual({
      device: 'cuda:0',
      index: 0,
      vendor: 'nvidia',
      uuid: 'GPU-11111111-1111-1111-1111-111111111111',
      name: 'NVIDIA H100 80GB HBM3',
      pciAddress: '0000:1b:00.0',
      memoryTotalMib: 81559,
      memoryUsedMib: 40000,
      memoryFreeMib: 41000,
      gpuPercent: 87,
      memoryControllerPercent: 41,
      celsius: 61,
      watts: 512.34,
      limitWatts: 700,
    });
  });

  it('for a GPU in MIG mode has no utilization, instead of 0', async () => {
    const [reading] = (await parse('written-mig-parent-535.csv')).readings;
    expect(reading).not.toHaveProperty('gpuPercent');
    expect(reading).not.toHaveProperty('memoryControllerPercent');
    expect(reading).toMatchObject({ memoryUsedMib: 24, watts: 52.87 });
  });

  it('for broken devices drops invalid fields and invalid lines', async () => {
    const { readings, faults } = await parse('written-broken.csv');
    expect(readings.map(({ device }) => device)).toEqual(['cuda:0', 'cuda:1']);
    expect(readings[0]).not.toHaveProperty('celsius');
    expect(readings[0]).not.toHaveProperty('watts');
    expect(readings[0]).toMatchObject({ memoryUsedMib: 40000, limitWatts: 700 });
    expect(readings[1]).toMatchObject({
      name: 'NVIDIA RTX, Special, Edition',
      pciAddress: '0000:5e:00.0',
    });
    expect(faults).toMatchObject([
      { reason: 'failed', device: 'cuda:0', detail: 'cuda:0: temperature.gpu: ERR!' },
      { reason: 'failed', device: 'cuda:0', detail: 'cuda:0: power.draw: Unknown Error' },
      { reason: 'failed', detail: expect.stringContaining('GPU is lost') },
      { reason: 'failed', device: 'cuda:1', detail: 'cuda:1: power.draw: GPU requires reset' },
      { reason: 'unreadable', detail: expect.stringContaining('GPU-44444444') },
      { reason: 'unreadable', detail: expect.stringContaining('GPU-5555') },
    ]);
  });

  it('with CRLF has the same readings', async () => {
    const text = await fixture('written-two-h100-550.csv');
    expect(parseNvidiaSmiCsv(text.replaceAll('\n', '\r\n'))).toEqual(parseNvidiaSmiCsv(text));
  });
});

it.each([
  ['no text', '', 'no output'],
  ['a message', 'NVIDIA-SMI has failed\n', "unreadable line 'NVIDIA-SMI has failed'"],
  ['bytes', '\u0000\u0001,\uFFFD\n', 'unreadable line'],
])('reports %s instead of a table as a fault', (_output, text, detail) => {
  const { readings, faults } = parseNvidiaSmiCsv(text);
  expect(readings).toEqual([]);
  expect(faults[0]).toMatchObject({ reason: 'unreadable', detail: expect.stringContaining(detail) });
});

it.each([
  ['clocks_event_reasons.active', '0x0000000000000004', ['sw_power_cap']],
  ['clocks_throttle_reasons.active', '0x00000000000001FF', [...THROTTLE_REASONS]],
  ['clocks_event_reasons.active', '0xffffffffffff0041', ['hw_thermal_slowdown']],
])('reads the throttle reasons of %s %s', (column, mask, reasons) => {
  const { readings } = parseNvidiaSmiCsv(`index, power.draw [W], ${column}\n0, 70.00, ${mask}`);
  expect(readings[0]?.throttleReasons).toEqual(reasons);
});

it.each([
  ['clocks_event_reasons.active', 'Active'],
  ['clocks_event_reasons.active', '0x11111111111111111'],
  ['pci.bus_id', 'somewhere'],
])('drops the invalid field %s %s', (column, value) => {
  const { readings, faults } = parseNvidiaSmiCsv(`index, power.draw [W], ${column}\n0, 70.00, ${value}`);
  expect(readings).toEqual([{ device: 'cuda:0', index: 0, vendor: 'nvidia', watts: 70 }]);
  expect(faults).toMatchObject([{ detail: `cuda:0: ${column}` }]);
});

it.each(['', '1e999', '0x10', 'NaN', 'Infinity', '12 apples', '[GPU requires reset]'])(
  "drops the invalid number '%s'",
  (value) => {
    const { readings, faults } = parseNvidiaSmiCsv(`index, power.draw [W], temperature.gpu\n0, ${value}, 40`);
    expect(readings).toEqual([{ device: 'cuda:0', index: 0, vendor: 'nvidia', celsius: 40 }]);
    expect(faults).toHaveLength(1);
  },
);

it.each([
  '[Unknown Error]',
  '[GPU is lost]',
  '[N/A]',
  '[Not Supported]',
  '[Insufficient Permissions]',
  'ERR!',
  '',
])("omits the text '%s'", (text) => {
  const { readings, faults } = parseNvidiaSmiCsv(
    `index, uuid, name, driver_version, power.draw [W]\n0, ${text}, ${text}, ${text}, 70.00`,
  );
  expect(readings).toEqual([{ device: 'cuda:0', index: 0, vendor: 'nvidia', watts: 70 }]);
  expect(readings[0]).not.toHaveProperty('uuid');
  expect(faults).toEqual([]);
});

describe('health and throttling', () => {
  const read = (column: string, value: string) =>
    parseNvidiaSmiCsv(`index, memory.used, ${column}\n0, 1, ${value}\n`);

  it.each([
    ['None', 0, 'ok'],
    ['GPU Reset', 1, 'failed'],
    ['Reset', 1, 'failed'],
    ['Node Reboot', 2, 'failed'],
    ['Reboot', 2, 'failed'],
    ['Drain P2P', 3, 'degraded'],
    ['Drain and Reset', 4, 'degraded'],
    ['Recover IMEX Domain', 5, 'degraded'],
  ])('of a driver that demands %s are known', (text, recoveryAction, status) => {
    const { readings, faults } = read('gpu_recovery_action', text);
    expect([readings[0], faults]).toEqual([expect.objectContaining({ recoveryAction, status }), []]);
  });

  it('are unknown where the driver demands nothing that is known', () => {
    const { readings, faults } = read('gpu_recovery_action', 'Ask an expert');
    expect(readings[0]).not.toHaveProperty('status');
    expect(faults).toEqual([
      { reason: 'unreadable', detail: 'cuda:0: gpu_recovery_action', device: 'cuda:0' },
    ]);
    expect(read('gpu_recovery_action', 'N/A')).toMatchObject({ faults: [] });
  });

  it('are read with and without the unit', () => {
    const column = 'clocks_event_reasons_counters.sw_power_cap';
    expect(read(`${column} [us]`, '15814595384 us').readings[0]?.powerThrottledSeconds).toBe(15_814.595384);
    expect(read(column, '212553937').readings[0]?.powerThrottledSeconds).toBe(212.553937);
    expect(read(column, '[N/A]').readings[0]).not.toHaveProperty('powerThrottledSeconds');
  });

  it('shows a failure to remap rows', () => {
    expect(read('remapped_rows.failure', 'Yes').readings[0]?.status).toBe('predicted_failure');
  });
});

it('numbers with a comma do not move the values of a row', () => {
  const header = 'index, uuid, name, driver_version, memory.total, power.draw';
  const row = (name: string, watts: string) =>
    parseNvidiaSmiCsv(`${header}\n0, GPU-1, ${name}, 550.54, 81559, ${watts}\n`);
  expect(row('A100, PCIe', '70.12').readings[0]).toMatchObject({ name: 'A100, PCIe', watts: 70.12 });
  expect(row('A100', '70,12')).toEqual({
    readings: [],
    faults: [{ reason: 'unreadable', detail: "unreadable line '0, GPU-1, A100, 550.54, 81559, 70,12'" }],
  });
});
