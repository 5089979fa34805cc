import { isError } from './is-error.js';
import { redact } from './redact.js';

/** Names of classes, codes and atoms: `TypeError`, `grpc.RpcError`, `ECONNREFUSED`, `:timeout`, `client_down`. */
const CLASS = /^:?[A-Za-z_$][\w$]{0,63}(?:(?:\.|::)[\w$]{1,63}){0,7}[!?]?$/;
/** The class that a text such as `ValueError: bad input` begins with. */
const LEADING_CLASS = /^([A-Z][\w.]{0,126}(?:Error|Exception|Warning|Interrupt|Exit|Fault|Timeout))\b/;
/** A tuple of Elixir that begins with atoms: `{:error, :timeout}`. */
const ATOMS = /^\{:(\w{1,64}[!?]?)(?:, :(\w{1,64}[!?]?)(?=[,}]))?/;
/** An exception as Elixir prints its struct: `%Snakepit.Error.RuntimeError{message: …}`. */
const STRUCT = /^%(?:[A-Z]\w{0,63}\.){0,8}([A-Z]\w{0,63})\{/;
const MAX_ITEMS = 4;

/**
 * Returns the class of an error, without its text, which may hold data of users: the name of an Error, an atom or code, or the
 * class that a text begins with; a list of them for a tuple such as `["error", "timeout"]`. Never throws.
 *
 * @returns `undefined` if there is none
 */
export function errorClass(error: unknown): string | undefined {
  try {
    return classOf(error);
  } catch {
    return undefined;
  }
}

function classOf(error: unknown): string | undefined {
  switch (typeof error) {
    case 'string':
      return classIn(error);
    case 'number':
    case 'boolean':
      return String(error);
    case 'object':
      break;
    default:
      return undefined;
  }
  if (error === null) return undefined;
  if (Array.isArray(error)) {
    const classes = error
      .slice(0, MAX_ITEMS)
      .map((item) => (Array.isArray(item) ? undefined : classOf(item)));
    const known = classes.filter((item) => item !== undefined);
    return known.length > 0 ? JSON.stringify(known) : undefined;
  }
  const { name, type, code, __struct__: struct } = error as Record<string, unknown>;
  for (const candidate of [name, struct, type, code]) {
    const found = typeof candidate === 'string' ? classIn(candidate) : undefined;
    if (found !== undefined) return found;
  }
  const created: unknown = error.constructor?.name;
  return isError(error) && typeof created === 'string' ? classIn(created) : undefined;
}

function classIn(text: string): string | undefined {
  const atoms = ATOMS.exec(text)
    ?.slice(1)
    .filter((atom) => atom !== undefined);
  const word =
    atoms !== undefined
      ? JSON.stringify(atoms)
      : text.length <= 256 && CLASS.test(text)
        ? text
        : (STRUCT.exec(text) ?? LEADING_CLASS.exec(text))?.[1];
  return word !== undefined && redact(word) === word ? word : undefined;
}
