/** Gauge of the recorder itself. No event feeds it; it is exported as long as the recorder is enabled. */
export const SERIES_GAUGE = {
  kind: 'lastValue',
  name: 'snakepit.telemetry.series',
  description: 'Attribute sets that the recorder keeps',
  unit: '{series}',
} as const;
