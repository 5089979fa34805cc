/** Kind of telemetry that an exporter exports. */
export type ExportSignal = 'traces' | 'metrics' | 'logs';
