import { expect, test } from 'vitest';
import { redact } from '../../src/common/redact.js';
import messages from '../fixtures/python-errors/messages.json' with { type: 'json' };

// Made up, and put together here so that no scanner takes them for real ones.
const letters = 'Qx7Lm2Zt9Rv4Kp1Wb8Nc';
const secrets: readonly (readonly [what: string, text: (secret: string) => string, secret: string])[] = [
  ['an assigned password', (s) => `connect failed: password=${s} host=db`, 'hunter2'],
  ['a password in JSON', (s) => `config {"db_password": "${s}", "port": 5432}`, 'correct horse'],
  ['a key in a Python dict', (s) => `{'api_key': '${s}', 'model': 'gpt2'}`, 'abcdef'],
  [
    'a password in JSON in JSON',
    (s) => JSON.stringify({ body: JSON.stringify({ password: s }) }),
    'corr ect',
  ],
  ['a variable of the environment', (s) => `AWS_SECRET_ACCESS_KEY=${s}`, `${letters}/aB3+${letters}`],
  ['a header', (s) => `Authorization: Basic ${s}`, 'dXNlcjpwYXNz'],
  ['a bearer token', (s) => `401 for Bearer ${s} at /v1`, `${letters}.${letters}`],
  ['a login in a URL', (s) => `could not reach postgres://admin:${s}@db.internal:5432/x`, 'p4ss'],
  ['a signed URL', (s) => `GET https://bucket/x?X-Amz-Signature=${s}&X-Amz-Date=1`, 'deadbeef'],
  ['a token that is assigned', (s) => `token=${s}`, letters],
  ['an AWS key', (s) => `key ${s} is not authorized`, `AKIA${'Q7ZT4RVK'.repeat(2)}`],
  ['a GitHub token', (s) => `remote: ${s}`, `ghp_${letters}${letters}`],
  ['a Hugging Face token', (s) => `Invalid user ${s}.`, `hf_${letters}${letters}`],
  ['a key of an API', (s) => `Incorrect key provided: ${s}`, `sk-proj-${letters}`],
  ['a key of NVIDIA', (s) => `unauthorized ${s}`, `nvapi-${letters}${letters}`],
  ['a JWT', (s) => `expired ${s}`, `eyJ${letters}.${letters}.${letters}`],
  [
    'a private key',
    (s) => `-----BEGIN RSA ${'PRIVATE'} KEY-----\n${s}\n-----END RSA ${'PRIVATE'} KEY----- loaded`,
    `${letters}\n${letters}`,
  ],
  ['a private key that was cut', (s) => `-----BEGIN ${'PRIVATE'} KEY-----\n${s}`, letters],
];

test.each(secrets)('redacts %s', (_what, text, secret) => {
  const redacted = redact(text(secret));
  expect(redacted).not.toContain(secret);
  expect(redacted).toContain('[redacted]');
  expect(redact(redacted)).toBe(redacted);
});

test('keeps the text around a secret', () => {
  expect(redact('connect failed: password=hunter2 host=db')).toBe(
    'connect failed: password=[redacted] host=db',
  );
  expect(redact('https://u:p@host/x?a=1&sig=AbC&b=2')).toBe(
    'https://[redacted]@host/x?a=1&sig=[redacted]&b=2',
  );
});

test.each([
  'mat1 and mat2 shapes cannot be multiplied (4x7 and 64x8)',
  'Token indices sequence length is longer than 512',
  'max_tokens=4096, eos_token_id=50256, pad_token=<pad>',
  'tokenizer: bert-base-uncased',
  'Basic authentication failed',
  'CUDA error at 0x7f3a2b1c9d00: an illegal memory access was encountered',
  '/home/user/models/3fa85f64-5717-4562-b3fc-2c963f66afa6/weights.bin',
  'KeyError: 12',
  'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
])('%s stays as it is', (text) => {
  expect(redact(text)).toBe(text);
});

test('keeps messages of Python libraries unchanged', () => {
  const changed = messages
    .map(({ message }) => message)
    .filter((message) => redact(message) !== message.slice(0, 65_536));
  expect(changed).toEqual([]);
});

test.each([
  ['password='.repeat(120_000)],
  [`password="${'a'.repeat(1_000_000)}`],
  ['eyJ'.repeat(350_000)],
  ['eyJaaaaaaaa.'.repeat(90_000)],
  ['://'.repeat(350_000)],
  ['?aaaaaaaa'.repeat(120_000)],
  ['-----BEGIN PRIVATE KEY-----'.repeat(40_000)],
  ['token='.repeat(170_000)],
  ['sk-'.repeat(350_000)],
])('hostile text takes no time (%#)', (text) => {
  const started = performance.now();
  redact(text);
  // Milliseconds; quadratic work would take minutes.
  expect(performance.now() - started).toBeLessThan(20_000);
});
