import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Writes the files that values of variables name: certificates and a file of the declarative configuration. */
export function writeFiles() {
  const folder = mkdtempSync(join(tmpdir(), 'snakepit-environment-'));
  const [$ca, $cert, $key, $file] = ['ca.pem', 'ca.pem', 'key.pem', 'otel.json'].map((name) =>
    join(folder, name),
  );
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const options = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject];
  execFileSync('openssl', ['req', ...options, '-keyout', $key, '-out', $ca], { stdio: 'ignore' });
  // biome-ignore lint/suspicious/noTemplateCurlyInString: substitution of the file format.
  const otlp_http = { endpoint: '${COLLECTOR}/v1/traces', encoding: 'json' };
  const content = {
    file_format: '1.0',
    resource: { attributes: [{ name: 'service.name', value: 'from-file' }] },
    tracer_provider: { processors: [{ batch: { exporter: { otlp_http } } }] },
  };
  writeFileSync($file, JSON.stringify(content));
  return { folder, files: { $ca, $cert, $key, $file } };
}
