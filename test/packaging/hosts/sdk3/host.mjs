import * as api from '@opentelemetry/api';
import * as hooks from '@opentelemetry/context-async-hooks';
import * as instrumentation from '@opentelemetry/instrumentation';
import * as sdkLogs from '@opentelemetry/sdk-logs';
import * as sdkMetrics from '@opentelemetry/sdk-metrics';
import * as sdkTrace from '@opentelemetry/sdk-trace';
import * as snakepit from 'opentelemetry-instrumentation-snakepit';
import { run } from './scenario.cjs';

await run({ api, hooks, instrumentation, sdkLogs, sdkMetrics, sdkTrace, snakepit });
