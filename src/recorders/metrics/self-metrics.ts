/** A gauge of the recorder's own, fed by no event: while there is telemetry, it is there, with or without events. */
export const SERIES_GAUGE = {
  kind: 'lastValue',
  name: 'snakepit.telemetry.series',
  description: 'Attribute sets that the recorder keeps',
  unit: '{series}',
} as const;
