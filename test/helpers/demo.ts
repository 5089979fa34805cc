import { type ChildResult, runNode } from './child.js';

/** Runs the demo until it has come far enough, asked at every print, and ends it as Ctrl-C does: with all that it started. */
export function runDemo(
  env: Readonly<Record<string, string>>,
  farEnough: (output: string) => boolean | Promise<boolean>,
): Promise<ChildResult> {
  let interrupted = false;
  return runNode(['examples/demo/main.mjs'], {
    env,
    detached: true,
    onOutput: async (output, { pid }) => {
      if (pid === undefined || interrupted || !(await farEnough(output)) || interrupted) return;
      interrupted = true;
      process.kill(-pid, 'SIGINT');
    },
  });
}

/** What the demo's latest summary in this output counts. */
export const counted = (output: string, what: string): number =>
  Number(new RegExp(`^  ${what.replaceAll('.', '\\.')} +(\\d+)$`, 'm').exec(lastSummary(output))?.[1] ?? 0);

export const lastSummary = (output: string): string => output.slice(output.lastIndexOf('snakepit demo:'));
