const REDACTED = '[redacted]';

/** Keys of secrets, in any spelling: `password=…`, `"api_key": "…"`, `HF_SECRET: …`. */
const SECRET_KEYS = [
  'pass(?:word|wd|phrase)',
  'pwd',
  'secret(?:[_-]?(?:access[_-]?)?key)?',
  'api[_-]?key',
  'access[_-]?key(?:[_-]?id)?',
  'private[_-]?key',
  'authorization',
  'credentials?',
  'set-cookie',
  'cookie',
].join('|');
/** Keys that have another meaning in ML, such as the tokens of a text: only random-looking values are redacted. */
const AMBIGUOUS_KEYS = 'token|sig(?:nature)?|auth';
const ASSIGNED = String.raw`\\{0,3}["']?\s{0,3}[=:]\s{0,3}`;
/** A value: up to its closing quote, which may be escaped; behind the name of a scheme; or up to the end of an unquoted value. */
const VALUE = String.raw`(?:\\{0,3}"[^"\n]{0,4096}"?|\\{0,3}'[^'\n]{0,4096}'?|(?:Bearer|Basic|Digest)\s[^\s,;"']{1,4096}|[^\s,;&"'(){}[\]<>]{1,4096})`;
const RANDOM_LOOKING = String.raw`(?=["']?[\w.~+/=-]{0,64}\d)(?=["']?[\w.~+/=-]{0,64}[A-Za-z])["']?[\w.~+/=-]{12,4096}["']?`;

/**
 * Shapes of secrets, each with its replacement. Every repetition is bounded, or cannot start inside itself, so that time is
 * linear in the length of the text.
 */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g, REDACTED],
  [/:\/\/[^\s/?#@"'<>]{1,256}@/g, `://${REDACTED}@`],
  [
    /([?&][\w.-]{0,40}(?:sig|signature|credential|token|key|secret|password)=)[^&\s"'<>]{1,4096}/gi,
    `$1${REDACTED}`,
  ],
  [new RegExp(`((?:${SECRET_KEYS})${ASSIGNED})${VALUE}`, 'gi'), `$1${REDACTED}`],
  [new RegExp(`((?:${AMBIGUOUS_KEYS})${ASSIGNED})${RANDOM_LOOKING}`, 'gi'), `$1${REDACTED}`],
  [/\b(Bearer\s{1,4})(?=[\w.~+/=-]{0,64}\d)[\w.~+/=-]{8,4096}/gi, `$1${REDACTED}`],
  [/(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])/g, REDACTED],
  [
    /(?<![\w-])(?:gh[oprsu]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|hf_[A-Za-z0-9]{20,255}|sk-[\w-]{16,255}|nvapi-[\w-]{20,255}|xox[abeprs]-[\w-]{10,255}|AIza[\w-]{35})/g,
    REDACTED,
  ],
  // RFC 7519: three parts, the first of which is a JSON object.
  [/(?<![\w-])eyJ[\w-]{8,4096}\.[\w-]{8,8192}\.[\w-]{4,4096}/g, REDACTED],
];

/** Characters that are scanned; text beyond is not exported. */
const MAX_SCANNED = 64 * 1024;

/**
 * Redacts secrets in free text: private keys; passwords and keys in assignments, JSON and headers; logins and signatures in
 * URLs; and tokens of known services.
 */
export function redact(text: string): string {
  let redacted = text.length > MAX_SCANNED ? text.slice(0, MAX_SCANNED) : text;
  for (const [shape, replacement] of SHAPES) redacted = redacted.replace(shape, replacement);
  return redacted;
}
