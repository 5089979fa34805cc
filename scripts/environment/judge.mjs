/** The outcome for a value without which nothing else may apply. */
export const STOPPED = 'warned, no telemetry';

/**
 * Runs a variable unset, with a valid and with an invalid value, and returns the outcomes.
 *
 * @param {string} name
 * @param {import('./cases.mjs').Case} probe
 * @param {(situation: any) => Promise<any>} observe
 */
export async function judge(
  name,
  { valid, invalid, honored, partly, isRequired = false, ...situation },
  observe,
) {
  const run = (value) => observe({ ...situation, env: { ...situation.env, [name]: value } });
  const unset = await run(undefined);
  if (honored(unset))
    throw new Error(`the probe of ${name} does not distinguish a set variable from an unset one`);
  const set = await run(valid);
  const wrong = invalid === undefined ? undefined : await run(invalid);
  return {
    unset: failure(unset) ?? 'default',
    set:
      failure(set) ??
      (honored(set)
        ? 'honored'
        : (partly?.(set) ?? (mentions(set, unset, name, valid) ? 'warned' : 'ignored'))),
    invalid: wrong && judgeInvalid(wrong, unset, name, invalid, isRequired),
  };
}

function judgeInvalid(observed, unset, name, value, isRequired) {
  const outcome = mentions(observed, unset, name, value) ? 'warned' : 'ignored';
  const lost = unset.signals.filter((signal) => !observed.signals.includes(signal));
  if (isRequired && outcome === 'warned' && observed.signals.length === 0)
    return failure(observed) ?? STOPPED;
  return failure(observed) ?? (lost.length > 0 ? `${outcome}, but ${lost.join(' and ')} lost` : outcome);
}

function failure({ code, carrier }) {
  if (code === null) return 'does not end';
  return code !== 0 || carrier === null ? 'fatal' : undefined;
}

/** True if a line names the variable or its value, and the run without it has no such line. */
function mentions({ output }, unset, name, value) {
  const lines = output
    .split('\n')
    .filter((line) => !line.startsWith('probe ') && !unset.output.includes(line));
  return lines.some((line) => line.includes(name) || (value.length > 1 && line.includes(value)));
}
