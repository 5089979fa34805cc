import { expect, test } from 'vitest';
import { redact } from '../../src/common/redact.js';
import messages from '../fixtures/python-errors/messages.json' with { type: 'json' };
import { secretTexts } from '../fixtures/secrets.js';

test.each(secretTexts)('redacts $what', { tags: ['H13'] }, ({ text, secrets }) => {
  const redacted = redact(text);
  for (const secret of secrets) expect(redacted).not.toContain(secret);
  expect(redacted).toContain('[redacted]');
  expect(redact(redacted)).toBe(redacted);
});

test('leaves no half of a secret in a text that is cut', () => {
  for (let before = 65_500; before < 65_540; before++) {
    expect(redact(`${'x'.repeat(before)} ghp_${'Ab1'.repeat(12)} end`)).not.toContain('ghp_');
  }
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
  '',
  'cuda:0',
  'Unexpected key: model.layers.12.self_attn.q_proj.weight',
  'tokens: 4096, key: value, keys: [1, 2]',
  "KeyError: 'attention_mask'",
  'sk-learn is not sklearn; risk-adjusted, task-specific',
  'Invalid credentials: the token has expired',
  'password is required',
  'password: must be at least 8 characters',
  'the password field is missing, the secret is unset',
  'Authorization: required for this model',
  'api_key: field required',
  'def connect(host: str, password: str = None)',
  '--password is required, --token must be set',
  'Bearer token is missing',
  'Bearer authentication failed',
  'Basic authentication is not supported',
  'http://localhost:4318/v1/traces',
  'http://localhost:8080/?email=a@b.example',
  'https://medium.com/@author/post, https://registry.npmjs.org/@scope/name',
  'git@github.com:org/repo.git',
  'see https://example.com/a?page=2&sort=name#part',
  'commit 3f786850e387550fdab836ed7e6dc881de23001b',
  '550e8400-e29b-41d4-a716-446655440000',
  'docker run -p 8080:80 image',
  'psql -h db -p 5432 -U me',
  'forward pass: 12 ms, backward pass: 30 ms',
  'pass_rate=0.5, bypass: on, compass=north',
  'secretary=Ann, keyboard: qwerty, monkey=1',
  'signal=SIGKILL, sigma: 0.5, author: Ada',
  'basic_auth is off; auth: none; auth=basic',
  'Cookie not found',
  'eyJ is the start of a token',
  'conv2d_transpose_layer_3/kernel:0',
  'RuntimeError: CUDA out of memory. Tried to allocate 20.00 MiB (GPU 0; 15.78 GiB total capacity)',
  'expected torch.float32 but got torch.float16 at model.encoder.layer_12.attention',
  'nccl://10.0.0.1:2345 rank=3 world_size=8',
  '/home/user/miniconda3/envs/ml/lib/python3.11/site-packages/torch/nn/modules/module.py',
  'GPU-8f6d3a2b-1c4e-5f60-7a8b-9c0d1e2f3a4b 00000000:65:00.0',
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ',
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

/** Pieces that begin a shape, and runs that one could scan again and again. */
const hostilePieces = [
  'password=',
  'password',
  'password:"',
  '\\"password\\":\\"',
  'api_key',
  'api_key = ',
  'token=',
  'token=a',
  'token: "a1',
  'eyJ',
  'eyJaaaaaaaa.',
  'eyJaaaaaaaa.bbbbbbbb.',
  '://',
  '://a:',
  '://a:b@',
  '://:@',
  'http://a:1/',
  '?aaaaaaaa',
  '?a=&token=',
  '&key=',
  '-----BEGIN PRIVATE KEY-----',
  '-----BEGIN ',
  '-----BEGIN RSA PRIVATE KEY-----a',
  'sk-',
  'sk-a',
  'sk_live_',
  'glpat-',
  'glpat-a.',
  'ghp_',
  'AKIA',
  'AIza',
  'ya29.',
  'SG.aaaaaaaaaaaaaaaa.',
  'Maaaaaaaaaaaaaaaaaaaaaaaa.',
  'M',
  '1234567890:A',
  '1',
  'a',
  'A',
  'aA1',
  '_',
  '-',
  '--',
  '--password ',
  '--password-',
  '--a-a-a-',
  'mysql ',
  'mysql -p',
  'curl ',
  'curl -u a:',
  'curl -u ',
  'login ',
  'login a password ',
  'Bearer ',
  'Bearer a',
  'Bearer aA',
  'Basic ',
  'Basic aaaaaa',
  'authorization: ',
  'authorization: Digest ',
  'authorization: Bearer ',
  'cookie: a=',
  'cookie: a',
  'cookie',
  'aws ',
  'aws secret=',
  'secret ',
  'wandb key ',
  'wandb',
  'hooks.slack.com/services/',
  'hook',
  'PuTTY-User-Key-File-1',
  'a1b8Q~',
  '8Q~',
  "'",
  '"',
  '\\',
  '\\"',
  '\n',
  ' ',
  '=',
  ':',
  '%3D',
  'aaaaaaaaaaaaaa.atlasv1.',
  '\u{1f600}',
  '\u001b[31m',
];

test.each(hostilePieces)('takes little time for 1 MB of %j', (piece) => {
  const text = piece.repeat(Math.ceil(2 ** 20 / piece.length));
  const times = [1, 2, 3].map(() => {
    const started = performance.now();
    redact(text);
    return performance.now() - started;
  });
  // 50 ms on an idle machine; quadratic work takes seconds.
  expect(Math.min(...times)).toBeLessThan(200);
});
