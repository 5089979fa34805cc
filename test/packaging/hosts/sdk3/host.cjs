require('./scenario.cjs').run({
  api: require('@opentelemetry/api'),
  hooks: require('@opentelemetry/context-async-hooks'),
  instrumentation: require('@opentelemetry/instrumentation'),
  sdkLogs: require('@opentelemetry/sdk-logs'),
  sdkMetrics: require('@opentelemetry/sdk-metrics'),
  sdkTrace: require('@opentelemetry/sdk-trace'),
  snakepit: require('opentelemetry-instrumentation-snakepit'),
});
