// OTel's hardware conventions are in development. OTel asks libraries to copy such names instead of importing them.
// https://opentelemetry.io/docs/specs/semconv/hardware/gpu/

export const ATTR_HW_DRIVER_VERSION = 'hw.driver_version';
export const ATTR_HW_FIRMWARE_VERSION = 'hw.firmware_version';
export const ATTR_HW_ID = 'hw.id';
export const ATTR_HW_MODEL = 'hw.model';
export const ATTR_HW_NAME = 'hw.name';
export const ATTR_HW_PARENT = 'hw.parent';
export const ATTR_HW_SENSOR_LOCATION = 'hw.sensor_location';
export const ATTR_HW_SERIAL_NUMBER = 'hw.serial_number';
export const ATTR_HW_STATE = 'hw.state';
export const ATTR_HW_TYPE = 'hw.type';
export const ATTR_HW_VENDOR = 'hw.vendor';
export const ATTR_HW_GPU_TASK = 'hw.gpu.task';
export const HW_TYPE_VALUE_GPU = 'gpu';
export const HW_GPU_TASK_VALUE_DECODER = 'decoder';
export const HW_GPU_TASK_VALUE_ENCODER = 'encoder';
export const HW_GPU_TASK_VALUE_GENERAL = 'general';

export const METRIC_HW_ENERGY = 'hw.energy';
export const METRIC_HW_ERRORS = 'hw.errors';
export const METRIC_HW_FAN_SPEED_RATIO = 'hw.fan.speed_ratio';
export const METRIC_HW_GPU_IO = 'hw.gpu.io';
export const METRIC_HW_GPU_MEMORY_LIMIT = 'hw.gpu.memory.limit';
export const METRIC_HW_GPU_MEMORY_USAGE = 'hw.gpu.memory.usage';
export const METRIC_HW_GPU_MEMORY_UTILIZATION = 'hw.gpu.memory.utilization';
export const METRIC_HW_GPU_UTILIZATION = 'hw.gpu.utilization';
export const METRIC_HW_POWER = 'hw.power';
export const METRIC_HW_STATUS = 'hw.status';
export const METRIC_HW_TEMPERATURE = 'hw.temperature';

// https://opentelemetry.io/docs/specs/semconv/registry/attributes/error/ (stable)
export const ATTR_ERROR_TYPE = 'error.type';

// https://opentelemetry.io/docs/specs/semconv/cli/cli-spans/ (development)
export const ATTR_PROCESS_EXECUTABLE_NAME = 'process.executable.name';
export const ATTR_PROCESS_EXIT_CODE = 'process.exit.code';
export const ATTR_PROCESS_PID = 'process.pid';

// https://opentelemetry.io/docs/specs/semconv/registry/attributes/network/ (stable)
export const ATTR_NETWORK_IO_DIRECTION = 'network.io.direction';
// https://opentelemetry.io/docs/specs/semconv/registry/attributes/k8s/ and …/container/ (stable)
export const ATTR_CONTAINER_ID = 'container.id';
export const ATTR_K8S_CONTAINER_NAME = 'k8s.container.name';
export const ATTR_K8S_NAMESPACE_NAME = 'k8s.namespace.name';
export const ATTR_K8S_POD_NAME = 'k8s.pod.name';
export const ATTR_K8S_POD_UID = 'k8s.pod.uid';
