/** Replacement of a secret. */
export const REDACTED = '[redacted]';

/** Replaces the secrets of one kind in a text. */
export interface SecretShape {
  /** Cheap test that texts with such a secret pass. @default all pass */
  readonly occursIn?: (text: string) => boolean;
  readonly pattern: RegExp;
  readonly replacement: string | ((match: string, ...groups: string[]) => string);
}

/** Keys whose value is always a secret, in any spelling: `password`, `api_key`, `HF_SECRET`, `accessToken`. */
const SECRET_KEYS = [
  'pass(?:words?|wd|phrase|code)',
  'pwd',
  '(?:db|mysql|maria|postgres|pg|sql|mongo(?:db)?|redis|rabbit(?:mq)?|mq|amqp|mqtt|smtp|e?mail|user|root|admin|http|proxy|ftp|ldap|auth|login|account|rpc)[_-]pass',
  '(?:consumer|client|app|shared)?[_-]?secrets?(?:[_-]?(?:access[_-]?)?key)?',
  '(?:api|access|account|shared[_-]?access|encryption|signing|master|service|private|storage|subscription|auth|deploy|webhook)[_ -]?keys?(?:[_-]?id)?',
  '(?:access|refresh|id|auth|bot|session|security|csrf|xsrf|private|api|bearer|deploy|git(?:hub|lab)|hf|hub|slack|vault|personal|oauth|jwt|npm|user|client|web[_-]?identity)[_-]?token',
  'authorization',
  'credentials?',
  '(?:set-)?cookie',
  'connection[_-]?string',
].join('|');
/** Keys that have another meaning in ML, such as the tokens of a text: only random-looking values are secrets. */
const AMBIGUOUS_KEYS = 'token|sig(?:nature)?|auth';
/** A part of every secret that only its surroundings show. One test spares most texts the others. */
const MARK =
  /pass|pwd|secret|key|token|auth|cookie|credential|connection|sig|jwt|bearer|basic|login|:\/\/|[?&]|hook|curl|aws|mysql|maria|redis|mongo|docker/i;
/** The shortest run of characters that a token of a service has. */
const RUN = /[\w.~-]{15}/;
/** Ids, hashes and numbers. */
const HEXADECIMAL = /^[\da-f-]*$/i;

/** Words that follow a key in a sentence, and types and placeholders: no secrets. */
const WORDS =
  '(?:must|is|was|were|are|has|have|had|and|or|for|to|not|no|yes|none|null|nil|undefined|true|false|cannot|can|could|should|would|may|the|with|in|on|of|from|if|at|by|a|an|required|missing|invalid|incorrect|wrong|expired|empty|unknown|unset|denied|failed|field|value|option|flag|argument|parameter|str|string|bool|int|optional|any)';
const NO_SECRET = String.raw`(?!\\{0,3}["']?\[redacted\]|"${WORDS}"|'${WORDS}'|${WORDS}\.?(?:[\s,;:)\]}["']|$))`;
const ASSIGNED = String.raw`\\{0,3}["']?\s{0,3}(?:=>|[=:])\s{0,3}`;
/** Schemes of an Authorization header. */
const SCHEME = 'Bearer|Basic|Digest|Token|Api-?Key|Negotiate|NTLM|Hawk|SharedKey|Splunk|GenieKey|Key|OAuth';
/** A value: up to its closing quote, which may be escaped; behind the name of a scheme; or up to the end of an unquoted value. */
const VALUE = String.raw`(?:"(?:[^"\\\n]|\\[^\n])*"?|\\{1,3}"(?:\\{3}"|[^"\n])*"?|\\{0,3}'(?:[^'\\\n]|\\[^\n])*'?|(?:${SCHEME})\s[^\s,;"']+|[^\s,;&"'(){}[\]<>]+)`;
const RANDOM_LOOKING = String.raw`(?=["']?[\w.~+/=%-]{0,64}\d)(?=["']?[\w.~+/=%-]{0,64}[A-Za-z])["']?[\w.~+/=%-]{12,}["']?`;
/** A token begins where no word does, or behind an escape such as `\n` or `%3D`. */
const BEGIN = String.raw`(?<![\w-](?<!\\[nrt]|%[0-9A-F]{2}))`;

/** Tokens that begin with a known prefix: the published formats of the services. */
const PREFIXED = [
  // AI
  String.raw`sk-[\w-]{16,}`,
  String.raw`(?:gsk|xai|pplx|nvapi|tgp_v1|tvly|csk|jina|fw|pcsk|lsv2_[ps][kt]|rpa|rnd|wandb_v1)[_-][\w-]{20,}`,
  '(?:hf|api_org)_[A-Za-z0-9]{20,}',
  'r8_[A-Za-z0-9]{20,}',
  // Repositories and packages
  'gh[oprsu]_[A-Za-z0-9]{20,}',
  String.raw`github_pat_\w{20,}`,
  String.raw`gl(?:pat|dt|rt|ptt|cbt|ft|soat|imt|agent|oas|ffct|rtr)-[\w.-]{16,}`,
  String.raw`GR1348941[\w-]{16,}`,
  'npm_[A-Za-z0-9]{20,}',
  String.raw`pypi-[\w-]{16,}`,
  '(?:rubygems_|CLOJARS_|dckr_[po]at_|cio)[A-Za-z0-9_-]{24,}',
  'oy2[a-z0-9]{43}',
  'AKCp[A-Za-z0-9]{20,}',
  'ATBB[A-Za-z0-9]{24,}',
  // Clouds
  '(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])',
  String.raw`AIza[\w-]{30,}`,
  String.raw`ya29\.[\w-]{20,}`,
  String.raw`GOCSPX-[\w-]{20,}`,
  'LTAI[A-Za-z0-9]{12,}',
  'AKID[A-Za-z0-9]{28,}',
  'dapi[a-f0-9]{32}',
  'do[opr]_v1_[a-f0-9]{32,}',
  String.raw`(?:sbp|sb_secret|nfp|vercel|vcp|fo1|FlyV1)_[\w-]{20,}`,
  String.raw`fm[12]_[\w+/=-]{20,}`,
  String.raw`(?:hv[sbr]|[a-zA-Z0-9]{14}\.atlasv1)\.[\w-]{20,}`,
  String.raw`v1\.0-[a-f0-9]{24}-[a-f0-9]{40,}`,
  String.raw`(?:dp\.(?:pt|st|ct|sa|scim|audit)|pul|tskey-[a-z]+|dt0c01|ops)[._-][\w.-]{20,}`,
  'AGE-SECRET-KEY-1[A-Z0-9]{40,}',
  String.raw`[\w~.]{3}\dQ~[\w~.-]{30,}`,
  // Payment and shops
  '(?:sk|rk|pk)_(?:live|test|prod)_[A-Za-z0-9]{10,}',
  String.raw`whsec_[\w+/=-]{16,}`,
  'shp(?:at|ca|pa|ss)_[a-fA-F0-9]{24,}',
  String.raw`sq0[a-z]{3}-[\w-]{20,}`,
  String.raw`EAAA[\w-]{50,}`,
  'EAA[A-Z][A-Za-z0-9]{60,}',
  // Communication
  String.raw`xox[a-z]-[\w-]{10,}`,
  String.raw`xox[a-z]\.xox[a-z]-[\w-]{10,}`,
  String.raw`xapp-\d-[\w-]{10,}`,
  String.raw`SG\.[\w-]{16,}\.[\w-]{16,}`,
  '(?:key|pubkey)-[a-f0-9]{32}',
  '(?:SK|AC)[a-f0-9]{32}(?![A-Za-z0-9])',
  String.raw`xkeysib-[\w-]{40,}`,
  String.raw`[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}`,
  String.raw`\d{8,10}:A[\w-]{34}`,
  // Operations and work
  String.raw`gl(?:c|sa)_[\w+/=-]{20,}`,
  String.raw`sntry[su]_[\w+/=-]{20,}`,
  'NR(?:AK|JS|AL|II)-[A-Za-z0-9]{16,}',
  'ph[cx]_[A-Za-z0-9]{30,}',
  'PMAK-[a-f0-9]{24}-[a-f0-9]{30,}',
  '(?:lin_api|ntn|secret|figd|re|EZAK|EZTK|duffel_(?:live|test)|pat)_[A-Za-z0-9_-]{24,}',
  String.raw`AT(?:ATT|CTT)3[\w=-]{20,}`,
  'BBDC-[A-Za-z0-9+/]{24,}',
  // RFC 7519: three parts, the first of which is a JSON object; the last is empty if the token is not signed.
  String.raw`eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]{0,4096}){0,3}`,
].join('|');

const has =
  (...parts: string[]) =>
  (text: string): boolean =>
    parts.some((part) => text.includes(part));

/** A text of `user:password` in base64, as Basic authentication sends it. */
const isLogin = (encoded: string): boolean => Buffer.from(encoded, 'base64').toString('latin1').includes(':');

/**
 * Shapes of secrets. Every repetition is bounded, or cannot start inside itself, so that time is linear in the length of the
 * text.
 */
const CONTEXT_SHAPES: readonly SecretShape[] = [
  {
    occursIn: has('-----BEGIN'),
    pattern:
      /-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g,
    replacement: REDACTED,
  },
  { occursIn: has('PuTTY-User-Key-File'), pattern: /PuTTY-User-Key-File-\d[\s\S]*/g, replacement: REDACTED },
  {
    // The password may contain any of `/@?#`; a number behind a colon is a port.
    occursIn: has('://'),
    pattern: /:\/\/[^\s/?#@:"'<>]{0,256}:(?!\d{1,5}(?:[/?#,\s"']|$))[^\s"'<>]{1,256}@/g,
    replacement: `://${REDACTED}@`,
  },
  { occursIn: has('://'), pattern: /:\/\/[^\s/?#@"'<>]{1,256}@/g, replacement: `://${REDACTED}@` },
  {
    occursIn: has('?', '&'),
    pattern:
      /([?&][\w.-]{0,40}(?:sig|signature|credential|token|key|secret|password|auth|code)=)[^&\s"'<>]+/gi,
    replacement: `$1${REDACTED}`,
  },
  {
    // Slack, Discord and Teams.
    occursIn: has('hook'),
    pattern:
      /((?:hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)|discord(?:app)?\.com\/api\/(?:v\d+\/)?webhooks|webhook\.office\.com\/webhookb2)\/)[^\s"'<>]+/g,
    replacement: `$1${REDACTED}`,
  },
  {
    pattern: new RegExp(
      String.raw`(authorization${ASSIGNED}["']?)(?:(?:AWS4-HMAC-SHA256|Digest|OAuth|Hawk)\s(?:[^\n'\\]|\\+")+|(?:${SCHEME})\s[^\s,;"'\\]+)`,
      'gi',
    ),
    replacement: `$1${REDACTED}`,
  },
  {
    pattern: /(cookie\s{0,3}[:=]\s{0,3})[\w.$!%-]{1,256}=[^\n"'\\]*/gi,
    replacement: `$1${REDACTED}`,
  },
  {
    pattern: new RegExp(`((?:${SECRET_KEYS})${ASSIGNED})${NO_SECRET}${VALUE}`, 'gi'),
    replacement: `$1${REDACTED}`,
  },
  {
    pattern: new RegExp(`((?:${AMBIGUOUS_KEYS})${ASSIGNED})${RANDOM_LOOKING}`, 'gi'),
    replacement: `$1${REDACTED}`,
  },
  {
    // Arguments of commands: `--password x`, and as elements of a list.
    occursIn: has('-'),
    pattern: new RegExp(
      String.raw`(--?(?:[a-z]{1,20}-){0,3}(?:pass(?:word|wd|phrase)?|pwd|token|secret|api-?key|secret-?key|access-?key|auth-?token|credentials?)["']?[\s,]{1,4})${NO_SECRET}(?:"[^"\n]*"?|'[^'\n]*'?|(?!-|\[redacted)[^\s,;"')\]]+)`,
      'gi',
    ),
    replacement: `$1${REDACTED}`,
  },
  {
    occursIn: has('mysql', 'maria', 'sshpass', 'docker login', 'redis-cli', 'mongo'),
    pattern:
      /(\b(?:mysql(?:dump|admin|sh)?|mariadb(?:-dump)?|sshpass|docker login|redis-cli|mongo(?:sh|dump|restore)?)\b[^\n]{0,160}?\s-(?:p|a)\s?)["']?(?!\d{1,5}\b)[^\s"']+["']?/g,
    replacement: `$1${REDACTED}`,
  },
  {
    occursIn: has('curl'),
    pattern: /(\bcurl\b[^\n]{0,160}?\s(?:-u|--user)[\s=]{0,2}["']?[^\s:"']{1,128}:)[^\s"']+/g,
    replacement: `$1${REDACTED}`,
  },
  // Files such as .netrc.
  {
    pattern: /(\blogin\s{1,4}\S{1,128}\s{1,4}password\s{1,4})\S+/g,
    replacement: `$1${REDACTED}`,
  },
  {
    pattern:
      /(\b[Bb]earer\s{1,4})(?:(?=[\w.~+/=-]{0,64}\d)[\w.~+/=-]{8,}|(?=[\w.~+/=-]{0,64}[a-z][A-Z])[\w.~+/=-]{8,}|[\w.~+/=-]{20,})/g,
    replacement: `$1${REDACTED}`,
  },
  {
    pattern: /(\bBasic\s{1,4})([A-Za-z0-9+/]{6,}={0,2})/gi,
    replacement: (match, prefix, encoded) => (isLogin(encoded ?? '') ? `${prefix}${REDACTED}` : match),
  },
  {
    // A secret key of AWS has no prefix: 40 characters near its name.
    pattern: /((?:aws|secret)[^\n]{0,40}?[\s"'=:])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/gi,
    replacement: `$1${REDACTED}`,
  },
  {
    occursIn: has('wandb', 'W&B', 'WANDB'),
    pattern: /((?:wandb|W&B)[^\n]{0,60}?(?:key|login|token)[^\n]{0,20}?\b)[a-f0-9]{40}\b/gi,
    replacement: `$1${REDACTED}`,
  },
];

const TOKEN_SHAPE: SecretShape = {
  pattern: new RegExp(`${BEGIN}(?:${PREFIXED})`, 'g'),
  replacement: REDACTED,
};
const ALL_SHAPES = [TOKEN_SHAPE, ...CONTEXT_SHAPES];
const NO_SHAPES: readonly SecretShape[] = [];
const ONLY_TOKENS: readonly SecretShape[] = [TOKEN_SHAPE];

/** Returns the shapes that a text may contain. */
export function possibleShapes(text: string): readonly SecretShape[] {
  if (HEXADECIMAL.test(text)) return NO_SHAPES;
  if (MARK.test(text)) return ALL_SHAPES;
  return RUN.test(text) ? ONLY_TOKENS : NO_SHAPES;
}

const SECRET_KEY = new RegExp(`(?:${SECRET_KEYS})$`, 'i');
/** Returns true for the key of a secret, such as `password` or `headers.authorization`. */
export const isSecretKey = (key: string): boolean => SECRET_KEY.test(key);
const AMBIGUOUS_KEY = new RegExp(`(?:^|[._-])(?:${AMBIGUOUS_KEYS})$`, 'i');
/** Returns true for a key such as `token`, of which only random-looking values are secrets. */
export const isAmbiguousKey = (key: string): boolean => AMBIGUOUS_KEY.test(key);
const RANDOM_TEXT = new RegExp(`^${RANDOM_LOOKING}$`);
/** Returns true for a text of letters and digits like those of tokens. */
export const isRandomLooking = (text: string): boolean => RANDOM_TEXT.test(text);
