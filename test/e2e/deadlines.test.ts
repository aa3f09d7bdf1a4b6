import { expect, it } from 'vitest';
import { bytesField, message } from './protobuf-bytes.ts';
import { readMetrics } from './metrics-page.ts';
import { failure } from './raw-client.ts';
import { useServer } from './using-server.ts';

const under = useServer();
const encrypted = 'latchkey_plaintext_bytes_total{operation="Encrypt"}';

it('drops work whose deadline has passed before it costs', async () => {
  const key_id = await under.newKey();
  const request = message(bytesField(1, key_id), bytesField(2, Buffer.alloc(1024 * 1024, 1)));
  await under.raw.call('CryptoService/Encrypt', request);
  const before = (await readMetrics(under.server.metricsAddress)).value(encrypted);
  // Far more work than the time given: whatever the server comes to too late it leaves alone.
  const calls = Array.from({ length: 100 }, async () => under.raw.call('CryptoService/Encrypt', request, { timeoutMs: 60 }));
  const answers = await Promise.all(calls);
  const failures = answers.filter((answer) => !answer.ok).map(({ failure: { code } }) => code);
  expect(new Set(failures)).toEqual(new Set(['DEADLINE_EXCEEDED']));

  await under.latchkey.server.getServerInfo({});
  const after = (await readMetrics(under.server.metricsAddress)).value(encrypted);
  expect((after - before) / (1024 * 1024)).toBeLessThan(100);
});

it('tells a caller whose time is up', async () => {
  const refused = await failure(under.raw.call('CryptoService/GenerateRandom', Buffer.of(0x08, 16), { timeoutMs: -1 }));
  expect(refused).toMatchObject({ code: 'DEADLINE_EXCEEDED', reason: undefined });
});

it('goes on after callers have left', async () => {
  const key_id = await under.newKey();
  const request = message(bytesField(1, key_id), bytesField(2, Buffer.alloc(1024 * 1024, 1)));
  const leaving = new AbortController();
  const calls = Array.from({ length: 20 }, async () =>
    under.raw.call('CryptoService/Encrypt', request, { signal: leaving.signal }),
  );
  setTimeout(() => {
    leaving.abort();
  }, 5);
  const answers = await Promise.all(calls);
  expect(answers.filter((answer) => !answer.ok && answer.failure.code !== 'CANCELLED')).toEqual([]);
  expect((await under.latchkey.crypto.encrypt({ key_id, plaintext: Buffer.from('x') })).key_arn).toContain(key_id);
});
