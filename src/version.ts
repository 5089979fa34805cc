/** The instrumentation scope of everything that this package emits. A test keeps it equal to package.json. */
export const PACKAGE_NAME = 'opentelemetry-instrumentation-snakepit';
export const PACKAGE_VERSION = '0.1.0';
