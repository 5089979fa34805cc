import type { PythonErrorFacts } from '../facts/python-error-facts.js';
import { type Rule, statementRule } from './rule.js';

/** Classes that are raised only when memory runs out. */
const MEMORY_TYPES = /^_?(?:\w{1,40})?(?:MemoryError|OutOfMemory(?:Error|Exception)?)$/;
/** Codes of libraries that mean that memory ran out. */
const MEMORY_CODES =
  /OUT_?OF_?(?:HOST_|DEVICE_)?MEMORY|ALLOC(?:ATION)?_FAILED|MEMORY_?ALLOCATION|MEMORY_ERROR|(?<!LAUNCH_)OUT_OF_RESOURCES/i;
/** Modules of databases, queues and JVMs, whose memory is outside the worker. */
const FOREIGN_MODULE =
  /^(?:_?mysql|redis|aioredis|psycopg\w{0,8}|sqlalchemy|sqlite3|asyncpg|java|pyspark|py4j|pymongo|MySQLdb|pymysql|cassandra|elasticsearch|grpc|google|openai|anthropic)\b/;
/** Classes of the Python database interface (PEP 249). */
const DATABASE_TYPE = /^(?:OperationalError|DatabaseError|ProgrammingError|InterfaceError)$/;
const JVM = /\bjava\.|\bjava heap\b|\bheap space\b|\bJVM\b/i;
/** A name that was refused: `Invalid log level OUT_OF_MEMORY`. */
const REFUSED_NAME =
  /\b(?:[Ii]nvalid|[Uu]nknown|[Uu]nrecognized|[Uu]nsupported|[Uu]ndefined|[Nn]o such) (?:\w{1,16} ){1,3}['"`]?[A-Z]{2,20}(?:_[A-Z0-9]{2,20}){1,8}\b/;
/** Words before a phrase that make it a guess. */
const GUESS =
  /\b(?:may|might|could(?!n't| not)|perhaps|possibl[ey]|likely|avoid\w{0,3}|prevent\w{0,3}|in case|risk)\b[^.]{0,60}$/i;
const PHRASE = /\bout[ _-]of[ _-]|\boom\b|\bmemory\b/i;

/** True if memory of another system ran out, or if the message refuses a name such as that of a code. */
const isForeign = ({ type, module, statements }: PythonErrorFacts): boolean =>
  FOREIGN_MODULE.test(module) ||
  DATABASE_TYPE.test(type) ||
  statements.some(({ text }) => JVM.test(text) || REFUSED_NAME.test(text));

/** Words directly before a phrase that make it an occasion: `reducing the batch size on OOM`. */
const OCCASION =
  /(?<!\b(?:failed|died|crashed|abort\w{0,2}|killed|stopped) )\b(?:on|upon|when|if|handl\w{1,3}|recover\w{0,3} from|retry\w{0,3} after|protect\w{0,3} against) (?:an? |the )?(?:CUDA |GPU )?$/i;

const isGuess = (text: string): boolean => {
  const at = text.search(PHRASE);
  const before = text.slice(Math.max(0, at - 100), Math.max(0, at));
  return GUESS.test(before) || OCCASION.test(before);
};

/** A relation of two options that is demanded, without any amount. */
const OPTION = /\b(?:must|should|has to) be (?:greater|larger|more|less|smaller|lower)\b/i;
const AMOUNT = /\d ?[kmgt]?i?b\b|\bbytes\b/i;

const evidenceIf = (facts: PythonErrorFacts, applies: boolean): string | undefined =>
  applies && !isForeign(facts) ? (facts.statements[0]?.text ?? '') : undefined;

const OOM = 'snakepit.error.oom';

/** Rules of memory that ran out. */
export const memoryRules: readonly Rule[] = [
  {
    name: 'memory-exception-type',
    event: OOM,
    evidence: (facts) => evidenceIf(facts, MEMORY_TYPES.test(facts.type)),
  },
  {
    name: 'memory-code',
    event: OOM,
    evidence: (facts) =>
      evidenceIf(facts, facts.statements.length > 0 && facts.codes.some((code) => MEMORY_CODES.test(code))),
  },
  statementRule(
    'memory-exhausted',
    OOM,
    ['memory exhausted'],
    ({ text }, facts) => !isForeign(facts) && !isGuess(text),
  ),
  statementRule('allocation-failed', OOM, ['allocation failed'], (_, facts) => !isForeign(facts)),
  statementRule(
    'memory-limit',
    OOM,
    ['memory limit'],
    ({ text }, facts) => !isForeign(facts) && !isGuess(text) && (!OPTION.test(text) || AMOUNT.test(text)),
  ),
];
