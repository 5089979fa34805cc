import type { Flags, FlagValues } from './flags.js';

/** Exit code of a command that did what it was asked for. */
export const SUCCEEDED = 0;
/** Exit code of a command that failed, or found a problem. */
export const FAILED = 1;
/** Exit code for arguments, variables and files that cannot be used. */
export const MISUSED = 2;

/** Flags of every command. */
export const COMMON_FLAGS: Readonly<
  Record<string, { readonly short: string; readonly description: string }>
> = {
  help: { short: 'h', description: 'print this help' },
  version: { short: 'v', description: 'print the version' },
};

/** A command of the command line. */
export interface Command<F extends Flags = Flags> {
  /** What it does, for the help: a phrase that begins with a verb. */
  readonly summary: string;
  /** Word for the only argument in the help, such as `[FILE]`; absent if there is none. */
  readonly argument?: string;
  /** The only allowed arguments. */
  readonly choices?: readonly string[];
  readonly flags: F;
  /**
   * Runs the command.
   *
   * @returns the exit code
   * @throws ConfigurationError (as a rejection) for what the user has to change
   */
  readonly run: (values: FlagValues<F>, argument: string | undefined) => Promise<number>;
}

/** Returns a row of the table of commands, with the types of its flags. */
export const defineCommand = <F extends Flags>(row: Command<F>): Command => row as unknown as Command;
