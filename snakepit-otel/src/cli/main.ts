#!/usr/bin/env node
import {
  errorMessage,
  hasErrorCode,
  isConfigurationError,
  PACKAGE_VERSION,
} from 'opentelemetry-instrumentation-snakepit/internal';
import { FAILED, MISUSED, SUCCEEDED } from './command.js';
import { COMMANDS } from './commands.js';
import { help } from './help.js';
import { parseArguments } from './parse-arguments.js';

async function main(): Promise<number> {
  const invocation = parseArguments(process.argv.slice(2));
  if (invocation.kind === 'version') console.log(PACKAGE_VERSION);
  else if (invocation.kind === 'help') console.log(help(invocation.command));
  else return (await COMMANDS[invocation.command]?.run(invocation.values, invocation.argument)) ?? FAILED;
  return SUCCEEDED;
}

// A reader such as `head` may have enough.
process.stdout.on('error', (error) => process.exit(hasErrorCode(error, 'EPIPE') ? SUCCEEDED : FAILED));
main().then(
  (code) => {
    process.exitCode = code;
  },
  async (error) => {
    const isMisuse = isConfigurationError(error);
    // All settings are loaded only for this.
    const hint = isMisuse ? (await import('./suggestion.js')).suggestion(error) : '';
    console.error(`snakepit-otel: ${errorMessage(error)}${hint}`);
    process.exit(isMisuse ? MISUSED : FAILED);
  },
);
