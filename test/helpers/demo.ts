import { type ChildResult, runNode } from './child.js';

/**
 * Runs the demo, without the live page unless `env` selects it, and interrupts it as Ctrl-C does, with all processes that it started.
 *
 * @param isComplete called with the output so far at each output; `true` interrupts the demo
 */
export function runDemo(
  env: Readonly<Record<string, string>>,
  isComplete: (output: string) => boolean | Promise<boolean>,
): Promise<ChildResult> {
  let interrupted = false;
  return runNode(['examples/demo/main.mjs'], {
    env: { SNAKEPIT_OTEL_UI: 'false', ...env },
    detached: true,
    onOutput: async (output, { pid }) => {
      if (pid === undefined || interrupted || !(await isComplete(output)) || interrupted) return;
      interrupted = true;
      process.kill(-pid, 'SIGINT');
    },
  });
}

/** Returns the count of an event or operation in the last summary of the output, 0 if it has none. */
export const countIn = (output: string, name: string): number =>
  Number(new RegExp(`^  ${name.replaceAll('.', '\\.')} +(\\d+)$`, 'm').exec(lastSummary(output))?.[1] ?? 0);

/** Returns the output from the heading of the last summary on. */
export const lastSummary = (output: string): string => output.slice(output.lastIndexOf('snakepit demo:'));
