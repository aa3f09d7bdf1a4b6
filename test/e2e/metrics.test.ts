import { describe, expect, it } from 'vitest';
import { errorReasons } from '../../src/generated/error-reasons.ts';
import { readMetrics } from './metrics-page.ts';
import { refusal } from './refusal.ts';
import { useServer } from './using-server.ts';

const under = useServer();
const read = async () => readMetrics(under.server.metricsAddress);

it('counts calls by method and reason, and how long they took', async () => {
  const { crypto } = under.latchkey;
  const key_id = await under.newKey();
  const before = await read();
  await crypto.encrypt({ key_id, plaintext: Buffer.from('x') });
  await refusal(crypto.decrypt({ ciphertext_blob: Buffer.alloc(75) }));
  const after = await read();
  const grown = (series: string) => after.value(series) - before.value(series);
  expect(grown('latchkey_calls_total{method="Encrypt",reason="OK"}')).toBe(1);
  expect(grown('latchkey_calls_total{method="Decrypt",reason="INVALID_CIPHERTEXT"}')).toBe(1);
  expect(grown('latchkey_call_duration_seconds_count{method="Encrypt"}')).toBe(1);
  expect(grown('latchkey_call_duration_seconds_bucket{method="Encrypt",le="+Inf"}')).toBe(1);
  expect(grown('latchkey_call_duration_seconds_sum{method="Encrypt"}')).toBeGreaterThan(0);
});

it('counts bytes and time of the cipher', async () => {
  const { crypto } = under.latchkey;
  const key_id = await under.newKey();
  const before = await read();
  const { ciphertext_blob } = await crypto.encrypt({ key_id, plaintext: Buffer.alloc(100_000) });
  await crypto.decrypt({ ciphertext_blob });
  const after = await read();
  const grown = (name: string, operation: string) =>
    after.value(`${name}{operation="${operation}"}`) - before.value(`${name}{operation="${operation}"}`);
  expect(grown('latchkey_plaintext_bytes_total', 'Encrypt')).toBe(100_000);
  expect(grown('latchkey_ciphertext_bytes_total', 'Encrypt')).toBeGreaterThanOrEqual(100_000);
  expect(grown('latchkey_plaintext_bytes_total', 'Decrypt')).toBe(100_000);
  expect(grown('latchkey_ciphertext_bytes_total', 'Decrypt')).toBeGreaterThanOrEqual(100_000);
  expect(grown('latchkey_native_cipher_seconds_total', 'Encrypt')).toBeGreaterThan(0);
});

it('counts the items of batches, and those that failed', async () => {
  const { crypto } = under.latchkey;
  const key_id = await under.newKey();
  const before = await read();
  await crypto.batchEncrypt({ key_id, plaintexts: [Buffer.from('a'), Buffer.alloc(0), Buffer.from('c')] });
  const after = await read();
  const grown = (series: string) => after.value(series) - before.value(series);
  expect(grown('latchkey_items_total{operation="BatchEncrypt"}')).toBe(3);
  expect(grown('latchkey_failed_items_total{operation="BatchEncrypt"}')).toBe(1);
});

it('counts keys by state, and backing keys in memory', async () => {
  const { keys, crypto } = under.latchkey;
  const before = await read();
  const [on, off] = [await under.newKey(), await under.newKey()];
  await keys.disableKey({ key_id: off });
  await crypto.encrypt({ key_id: on, plaintext: Buffer.from('x') });
  const after = await read();
  const grown = (series: string) => after.value(series) - before.value(series);
  expect(grown('latchkey_keys{state="ENABLED"}')).toBe(1);
  expect(grown('latchkey_keys{state="DISABLED"}')).toBe(1);
  expect(grown('latchkey_key_table_entries')).toBe(1);
});

it('has event-loop lag, the process, and refused rows', async () => {
  const { text } = await read();
  for (const name of [
    'nodejs_eventloop_lag_seconds',
    'process_resident_memory_bytes',
    'process_cpu_seconds_total',
    'latchkey_row_authentication_failures_total',
  ]) {
    expect(text).toContain(`# TYPE ${name} `);
  }
});

it('has labels from closed lists only, whatever callers send', async () => {
  await under.raw.call(`CryptoService/${'x'.repeat(50)}`, Buffer.alloc(0));
  await refusal(under.latchkey.crypto.encrypt({ key_id: 'alias/some-name', plaintext: Buffer.from('x') }));
  const { text } = await read();
  const series = text.split('\n').filter((line) => line.startsWith('latchkey_'));
  const labels = new Set(series.flatMap((line) => [...line.matchAll(/\w+="[^"]*"/g)].map(([label]) => label)));
  const unknown = [...labels].filter((label) => !allowedLabels.some((allowed) => allowed.test(label)));
  expect(labels.size).toBeGreaterThan(10);
  expect(unknown).toEqual([]);
});

const allowedLabels = [
  new RegExp(`^reason="(${['OK', 'INTERNAL', 'DEADLINE_EXCEEDED', 'CANCELLED', 'UNAVAILABLE', ...errorReasons].join('|')})"$`),
  /^reason="(HANDSHAKE|CLIENT_CERTIFICATE|PROTOCOL|SILENT|TOO_MANY)"$/,
  /^outcome="(TAKEN|REFUSED)"$/,
  /^state="(ENABLED|DISABLED|PENDING_DELETION|PENDING_IMPORT)"$/,
  /^event="(ROTATED|MATERIAL_DESTROYED|DESTROYED)"$/,
  /^kind="(key|material|alias|client-token|tombstone|mark|principal|access-token|group|grant)"$/,
  /^le="[0-9.+Inf]+"$/,
  /^(method|operation)="[A-Z][A-Za-z]{4,30}"$/,
];

describe('the HTTP door', () => {
  const answers = [
    ['GET', '/healthz', 200, 'ok\n'],
    ['GET', '/readyz', 200, 'ready\n'],
    ['HEAD', '/healthz', 200, ''],
    ['GET', '/', 404, undefined],
    ['GET', '/metrics/../../secrets/root.key', 404, undefined],
    ['POST', '/metrics', 405, ''],
    ['DELETE', '/healthz', 405, ''],
  ] as const;
  it.each(answers)('%s %s is %i', async (method, path, status, body) => {
    const response = await fetch(`http://${under.server.metricsAddress}${path}`, { method, headers: { connection: 'close' } });
    expect(response.status).toBe(status);
    if (body !== undefined) expect(await response.text()).toBe(body);
  });
});
