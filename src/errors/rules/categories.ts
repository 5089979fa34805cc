import { ERROR_CATEGORIES, type ErrorCategory } from '../../catalog/error-categories.js';
import type { PythonErrorFacts } from '../facts/python-error-facts.js';

const ACCELERATOR = '(?:cuda|hip|xpu|gpu|nvidia|rocm|tpu|npu|mps|accelerator)';

/** Signs of a category: in the class, its module, a code of a library, or a statement of the message. */
interface CategorySigns {
  readonly type?: RegExp;
  readonly module?: RegExp;
  readonly code?: RegExp;
  readonly text?: RegExp;
}

/** Signs of the categories in order of priority. Every repetition is bounded. */
const SIGNS: Readonly<Record<Exclude<ErrorCategory, 'other'>, CategorySigns>> = {
  collective: {
    type: /^Dist(?:Backend|Network|Store|Error)|^NCCL|^GlooError|^HorovodInternalError/,
    code: /^(?:NCCL_|nccl|HCCL_|RCCL_)/,
    text: /\b(?:nccl|rccl|hccl|gloo|mpi)\b(?!.{0,20}built in)|ProcessGroup|\bcollective operation|\ball_?reduce\b|\bwatchdog\b.{0,40}\b(?:timeout|caught|detected)|\brendezvous|\bwaiting for clients|\binit_process_group|\bserver socket has failed to (?:listen|bind)/i,
  },
  accelerator_unavailable: {
    code: /NO_?DEVICE|INVALID_DEVICE$|InvalidDevice$|InsufficientDriver|INSUFFICIENT_DRIVER|DEVICES_?UNAVAILABLE|SYSTEM_(?:NOT_READY|DRIVER_MISMATCH)|NotInitialized$|_NOT_INITIALIZED$/,
    text: new RegExp(
      `\\bcan(?:not|'t) use (?:the |an? )?${ACCELERATOR}\\b|\\b${ACCELERATOR} not found\\b|\\bdevice (?:acquire|acquisition|initialization) failed|\\bno (?:\\w{1,10} )?${ACCELERATOR}\\S{0,12} (?!memory).{0,30}?\\b(?:available|detected|found|visible|present|devices?)\\b|\\bno ${ACCELERATOR}\\S{0,12} (?:gpus?|devices?)|\\bno visible gpu|\\bnot enough gpus\\b|\\brequires? (?:at least )?\\d{1,4} ${ACCELERATOR}s\\b|\\b(?:your|this) machine only has\\b|\\bdevices? but only \\d{1,4} (?:are|is) (?:currently )?available\\b|\\bdevice\\b.{0,40}?\\b${ACCELERATOR}(?::\\d{1,3})?\\W{0,2} is not available\\b|\\brequires? ${ACCELERATOR} (?:to be )?available\\b|\\bnot (?:compiled|built) with ${ACCELERATOR}|\\bwithout ${ACCELERATOR} support|\\bfound no (?:${ACCELERATOR}|possible)\\b|\\bdevice\\(s\\) is/are busy|\\binvalid device ordinal|\\b${ACCELERATOR}\\.is_available\\(\\) is false|\\bdevice_count\\(\\) is \\d|\\bunknown backend|\\bunable to initialize backend|\\bdriver version is insufficient|\\bdriver\\b.{0,30}?\\btoo old|\\bunknown error - this may be due|\\bavailable devices to be zero|\\bcudaGetDevice(?:Count)?\\b|\\bsystem not yet initialized|\\bfailed to infer device|\\b(?:device|explicit device) specification|\\bbut available devices are|\\bcannot assign a device\\b|\\bno kernel image is available|\\bcannot re-initialize ${ACCELERATOR}|\\b${ACCELERATOR} (?:is|are) not (?:available|supported|installed)|(?:\\b(?:unable|failed|not able)|n't able) to create (?:an? )?(?:\\w{1,10} )?context\\b|\\binvalid device function|\\bunsupported display driver`,
      'i',
    ),
  },
  device_fault: {
    code: /ILLEGAL_(?:ADDRESS|INSTRUCTION)|Illegal(?:Address|Instruction)|LAUNCH_(?:FAILED|TIMEOUT|OUT_OF_RESOURCES)|Launch(?:Failure|Timeout)|ECC_UNCORRECTABLE|EccUncorrectable|MISALIGNED|Misaligned|DEVICE_LOST|HARDWARE_STACK|_EXECUTION_FAILED$|_INTERNAL_ERROR$|_MAPPING_ERROR$|ASSERT$|Assert$/,
    text: /\billegal (?:memory access|address|instruction)|\bdevice-side assert|\becc error|\bunspecified launch failure|\blaunch failure|\blaunch timed out|\bxid\b|\bmisaligned address|\bdevice (?:was )?lost\b|\bfallen off the bus|\bhardware (?:error|exception)|\binvalid configuration argument|\bmemory access fault|\b(?:gpu|device|cuda|hip) (?:program|kernel) failed\b|\bmmu fault/i,
  },
  worker_killed: {
    type: /^(?:BrokenProcessPool|TerminatedWorkerError|ActorDiedError|WorkerCrashedError|KilledWorker|ChildFailedError|ProcessExitedException|NodeDiedError|LocalRayletDiedError|AsyncEngineDeadError|EngineDeadError)$/,
    text: /\bkilled by signal: (?!bus)|\b(?:exited|terminated|died|killed) (?:on|by|with|due to|from) <?sig(?:nal \d|nals\.|(?!nal)[a-z]{3,6}\b)|\bsigkill\b|\bexit (?:code|status) (?:-9|137)\b|\bterminated (?:abruptly|unexpectedly|with signal)|\bdied unexpectedly|\bexited unexpectedly|\bunexpectedly (?:exited|terminated)|\bworker process .{0,30}\b(?:died|exited|crashed)|\breturned non-zero exit status (?:-9|137)|^killed$/i,
  },
  storage: {
    text: /\bno space left on device|\bdisk (?:is )?full|\bout of disk space|\bshared memory (?:limit|object)|\bout of shared memory|\/dev\/shm\b|\bbus error\b|\bdisk quota|\berrno(?: =)? 28\b|\binput\/output error|\bread-only file system/i,
  },
  quota: {
    type: /^(?:RateLimitError|ResourceExhausted|TooManyRequests|QuotaExceeded\w{0,20})$/,
    text: /\bquota\b|\brate limit|\b429\b|\btoo many requests|\blarger than max \(|\binsufficient_quota/i,
  },
  model_load: {
    type: /^(?:SafetensorError|UnpicklingError|InvalidProtobuf|InvalidGraph|NoSuchFile)$/,
    text: /\bload(?:ing)? (?:the )?(?:\w{1,20} )?(?:model|weights?|checkpoint|tokenizer|state_dict|llama)|\bload model\b|\bcan(?:'t|not) load\b|\bcould not load\b|\bfailed to load\b|\bunable to load\b|\bnot found in checkpoint|\bno checkpoints?\b.{0,20}?\bfound\b|\bmissing key\(s\)|\bcheckpoint (?:you|file)|\bdeserializ|\buntagged enum\b|\bfailed reading zip archive|\binline_container|\bcentral directory|\binvalid load key|\bnot a valid model identifier|\bfile named config\.json|\bmodel type `|\bdoes not recognize this architecture|\bunrecognized configuration class|\bcreate llama_context|\bbackend tokenizer|\binvalid model\b|\bmodel architectures? .{0,60}not supported|\bmodel IR version|\bnot a registered (?:function|op)|\bpretokenizer/i,
  },
  import: {
    type: /^(?:ImportError|ModuleNotFoundError)$/,
    text: /\bno module named\b|\bpackages? (?:was |is |are |were )?not (?:found|installed)\b|\bmust be installed\b|\brequires? \S{1,60} to be installed\b|\.(?:so|dll|dylib)\b.{0,40}?\b(?:not found|cannot be loaded|could not be loaded)\b|\b(?:pip|conda) install\b|\bcannot import name\b|\bundefined symbol\b|\bcannot open shared object file|\bdll load failed|\bbinary incompatibility|\bstatic TLS block/i,
  },
  configuration: {
    type: /^(?:ValidationError|ConfigError|ConfigurationError|SettingsError|MissingMandatoryValue|ConfigAttributeError)$/,
    text: /\bcompute capability|\bmax_model_len\b|\bis not configured\b|\bmust be divisible by\b|\bworld_size\b.{0,20}\bnot divisible\b|\btrain_batch_size\b|\bunrecognized arguments?|\binvalid (?:config\w{0,9}|option|setting)|\b(?:set|pass|specify) (?:the )?`?\w{1,30}`? (?:to|in|as|of)\b|\bper_partition\b|\bquantiz\w{1,6} requires|\bplease (?:provide|set|specify)\b|\byou need torch\b|\bdevice_map\b|\bbuilt in\b|\b(?:cannot|can't) be (?:enabled|set|used|specified) (?:at once|at the same time|together)\b|\bmutually exclusive\b|\bnot compatible with multiple\b/i,
  },
};

/** True if an accelerator cannot be used: it is missing, busy, or not supported by the build. */
export const isAcceleratorUnavailable = (facts: PythonErrorFacts): boolean =>
  shows(facts, SIGNS.accelerator_unavailable);

/** Returns the category of an error that is of no other class. */
export function categoryOf(facts: PythonErrorFacts): { category: ErrorCategory; rule: string } {
  for (const category of ERROR_CATEGORIES) {
    if (category !== 'other' && shows(facts, SIGNS[category]))
      return { category, rule: `category:${category}` };
  }
  return { category: 'other', rule: 'none' };
}

const shows = ({ type, module, codes, statements }: PythonErrorFacts, signs: CategorySigns): boolean =>
  signs.type?.test(type) === true ||
  signs.module?.test(module) === true ||
  codes.some((code) => signs.code?.test(code) === true) ||
  statements.some(({ text }) => signs.text?.test(text) === true);
