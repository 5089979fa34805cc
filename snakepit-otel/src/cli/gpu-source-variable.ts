/** Variable that selects a GPU source. */
export const VARIABLE = 'SNAKEPIT_OTEL_GPU_SOURCE';
