import { expect, it } from 'vitest';
import { createMetrics } from '../src/metrics.ts';

const operations = new Float64Array([2, 10, 20, 3e9, 1, 5, 6, 0]);
const create = () =>
  createMetrics({
    methods: ['Encrypt', 'CreateKey'],
    keyTable: () => ({ entries: 7, operationNames: ['Encrypt', 'Decrypt'], operations }),
    transport: () => ({ openConnections: 5, openExchanges: 3, inFlightBytes: 4096, waitingForMemory: 1 }),
    certificates: () => [{ listener: '0.0.0.0:50051', expiresAt: 2_000_000_000_000 }],
    countKeys: async () => ({ byState: { ENABLED: 3, DISABLED: 1 }, insecure: 2 }),
  });

it('counts calls by method and reason, and their durations in buckets', async () => {
  const metrics = create();
  metrics.callEnded('Encrypt', 'OK', 0.04);
  metrics.callEnded('Encrypt', 'OK', 0.2);
  metrics.callEnded('Encrypt', 'KEY_DISABLED', 60_000);
  const text = await metrics.registry.metrics();
  expect(text).toContain('latchkey_calls_total{method="Encrypt",reason="OK"} 2\n');
  expect(text).toContain('latchkey_calls_total{method="Encrypt",reason="KEY_DISABLED"} 1\n');
  expect(text).not.toContain('latchkey_calls_total{method="CreateKey"');
  expect(text).toContain('latchkey_call_duration_seconds_bucket{le="0.00005",method="Encrypt"} 1\n');
  expect(text).toContain('latchkey_call_duration_seconds_bucket{le="0.00025",method="Encrypt"} 2\n');
  expect(text).toContain('latchkey_call_duration_seconds_bucket{le="30",method="Encrypt"} 2\n');
  expect(text).toContain('latchkey_call_duration_seconds_bucket{le="+Inf",method="Encrypt"} 3\n');
  expect(text).toContain('latchkey_call_duration_seconds_count{method="Encrypt"} 3\n');
  expect(text).toMatch(/latchkey_call_duration_seconds_sum\{method="Encrypt"\} 60\.00024/);
});

it('shows the same numbers at every scrape', async () => {
  const metrics = create();
  metrics.callEnded('CreateKey', 'OK', 1);
  await metrics.registry.metrics();
  expect(await metrics.registry.metrics()).toContain('latchkey_calls_total{method="CreateKey",reason="OK"} 1\n');
});

it('reads what is counted natively', async () => {
  const text = await create().registry.metrics();
  for (const line of [
    'latchkey_key_table_entries 7',
    'latchkey_plaintext_bytes_total{operation="Encrypt"} 10',
    'latchkey_ciphertext_bytes_total{operation="Decrypt"} 6',
    'latchkey_native_cipher_seconds_total{operation="Encrypt"} 3',
    'latchkey_keys{state="ENABLED"} 3',
    'latchkey_keys{state="DISABLED"} 1',
    'latchkey_insecure_keys 2',
    'latchkey_open_connections 5',
    'latchkey_open_exchanges 3',
    'latchkey_in_flight_bytes 4096',
    'latchkey_waiting_for_memory 1',
    'latchkey_tls_certificate_expiry_timestamp_seconds{listener="0.0.0.0:50051"} 2000000000',
  ]) {
    expect(text).toContain(`${line}\n`);
  }
});

it('counts refused rows, uses and connections, and what came due, and has the process and the event loop', async () => {
  const metrics = create();
  metrics.rowRefused('alias');
  metrics.useRefused('KEY_MATERIAL_COMPROMISED');
  metrics.keyChanged('ROTATED');
  metrics.connectionRefused('HANDSHAKE');
  metrics.tlsReloaded('TAKEN');
  const text = await metrics.registry.metrics();
  expect(text).toContain('latchkey_row_authentication_failures_total{kind="alias"} 1\n');
  expect(text).toContain('latchkey_refused_uses_total{reason="KEY_MATERIAL_COMPROMISED"} 1\n');
  expect(text).toContain('latchkey_refused_uses_total{reason="KEY_PENDING_DELETION"} 0\n');
  expect(text).toContain('latchkey_key_events_total{event="ROTATED"} 1\n');
  expect(text).toContain('latchkey_key_events_total{event="DESTROYED"} 0\n');
  expect(text).toContain('latchkey_refused_connections_total{reason="HANDSHAKE"} 1\n');
  expect(text).toContain('latchkey_refused_connections_total{reason="TOO_MANY"} 0\n');
  expect(text).toContain('latchkey_tls_reloads_total{outcome="TAKEN"} 1\n');
  expect(text).toContain('latchkey_tls_reloads_total{outcome="REFUSED"} 0\n');
  expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
  expect(text).toMatch(/^process_resident_memory_bytes /m);
});

it('refuses to count what it has no label for', () => {
  expect(() => create().callEnded('NoSuchMethod', 'OK', 1)).toThrow(/no metric/);
});
