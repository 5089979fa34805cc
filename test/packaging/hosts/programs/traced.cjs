require('opentelemetry-instrumentation-snakepit').span('traced', () => {});
