import {
  ATTR_HW_DRIVER_VERSION,
  ATTR_HW_ID,
  ATTR_HW_NAME,
  ATTR_HW_PARENT,
  ATTR_HW_TYPE,
  ATTR_HW_VENDOR,
  HW_TYPE_VALUE_GPU,
} from '../semconv.js';
import {
  type LastValueOptions,
  lastValue,
  type ObservableCounterOptions,
  observableCounter,
} from './metric-spec.js';

// GPU metrics under the names of OTel's hardware conventions, fed by the same events as Snakepit's.
// https://opentelemetry.io/docs/specs/semconv/hardware/gpu/

const tags = [
  { key: 'uuid', fallbackKey: 'device', as: ATTR_HW_ID },
  { key: 'name', as: ATTR_HW_NAME },
  { key: 'vendor', as: ATTR_HW_VENDOR },
  { key: 'driver_version', as: ATTR_HW_DRIVER_VERSION },
  { key: 'parent_uuid', as: ATTR_HW_PARENT },
] as const;

const withGpu = (attributes?: LastValueOptions['attributes']) => ({
  ...attributes,
  [ATTR_HW_TYPE]: HW_TYPE_VALUE_GPU,
});

/** A gauge or up-down counter of a GPU, with the attributes that the conventions require. */
export const gpuLastValue = <const O extends LastValueOptions>(name: string, options: O) =>
  lastValue(name, { ...options, tags, attributes: withGpu(options.attributes) });

/** A running total of a GPU, with the attributes that the conventions require. */
export const gpuTotal = <const O extends ObservableCounterOptions>(name: string, options: O) =>
  observableCounter(name, { ...options, tags, attributes: withGpu(options.attributes) });

/** The identity of a GPU as labels, for joins: always 1. Fed by several events, as no GPU has all readings. */
export const gpuInfo = () =>
  lastValue('snakepit.gpu.info', {
    measurement: () => 1,
    description: 'Identity of a GPU, for joins by its device: always 1',
    unit: '1',
    tags: ['device', 'uuid', 'name', 'vendor', 'pci_address', 'driver_version', 'compute_partition'],
  });
