/** Prints one line to stderr: what a person has to know even if nothing listens to `diag`. */
export const printWarning = (text: string): void => {
  process.stderr.write(`snakepit-otel: ${text}\n`);
};
