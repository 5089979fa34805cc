/** Returns why a thread or process ended, as an atom of Snakepit: `normal`, `signal:SIGTERM` or `exit_code_3`. */
export function exitReason(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return `signal:${signal}`;
  return code === 0 ? 'normal' : `exit_code_${code}`;
}
