import {
  ATTR_HW_DRIVER_VERSION,
  ATTR_HW_FIRMWARE_VERSION,
  ATTR_HW_ID,
  ATTR_HW_MODEL,
  ATTR_HW_NAME,
  ATTR_HW_PARENT,
  ATTR_HW_SENSOR_LOCATION,
  ATTR_HW_SERIAL_NUMBER,
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

/** Attributes of every metric of a component. */
const COMPONENT_TAGS = [
  { key: 'uuid', fallbackKey: 'device', as: ATTR_HW_ID },
  { key: 'name', as: ATTR_HW_NAME },
  { key: 'parent_uuid', as: ATTR_HW_PARENT },
] as const;

/** Attributes of the metrics that the conventions define for GPUs: `hw.gpu.*`, `hw.errors` and `hw.status`. */
const GPU_TAGS = [
  ...COMPONENT_TAGS,
  { key: 'name', as: ATTR_HW_MODEL },
  { key: 'vendor', as: ATTR_HW_VENDOR },
  { key: 'driver_version', as: ATTR_HW_DRIVER_VERSION },
  { key: 'firmware_version', as: ATTR_HW_FIRMWARE_VERSION },
  { key: 'serial_number', as: ATTR_HW_SERIAL_NUMBER },
] as const;

const withGpu = (attributes?: LastValueOptions['attributes']) => ({
  ...attributes,
  [ATTR_HW_TYPE]: HW_TYPE_VALUE_GPU,
});

/** A gauge or up-down counter that the conventions define for GPUs. */
export const gpuLastValue = <const O extends LastValueOptions>(name: string, options: O) =>
  lastValue(name, { ...options, tags: GPU_TAGS, attributes: withGpu(options.attributes) });

/** A running total that the conventions define for GPUs. */
export const gpuTotal = <const O extends ObservableCounterOptions>(name: string, options: O) =>
  observableCounter(name, { ...options, tags: GPU_TAGS, attributes: withGpu(options.attributes) });

/** A gauge that the conventions define for any component, here a GPU. */
export const componentLastValue = <const O extends LastValueOptions>(name: string, options: O) =>
  lastValue(name, { ...options, tags: COMPONENT_TAGS, attributes: withGpu(options.attributes) });

/** A running total that the conventions define for any component, here a GPU. */
export const componentTotal = <const O extends ObservableCounterOptions>(name: string, options: O) =>
  observableCounter(name, { ...options, tags: COMPONENT_TAGS, attributes: withGpu(options.attributes) });

/** A gauge of a sensor, which has a place instead of a type. @param location place of the sensor */
export const sensorLastValue = <const O extends LastValueOptions>(
  name: string,
  location: string,
  options: O,
) =>
  lastValue(name, {
    ...options,
    tags: COMPONENT_TAGS,
    attributes: { [ATTR_HW_SENSOR_LOCATION]: location },
  });

/** The identity of a GPU as labels, for joins: always 1. Fed by several events, as no GPU has all readings. */
export const gpuInfo = () =>
  lastValue('snakepit.gpu.info', {
    measurement: () => 1,
    description: 'Identity of a GPU, for joins by its device: always 1',
    unit: '1',
    tags: [
      'device',
      'uuid',
      'name',
      'vendor',
      'pci_address',
      'driver_version',
      'firmware_version',
      'serial_number',
      'compute_partition',
    ],
  });
