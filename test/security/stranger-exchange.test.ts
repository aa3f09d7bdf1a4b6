import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ExchangeResponse__Output } from '../../src/generated/latchkey/v1/ExchangeResponse.ts';
import { callFields } from '../../src/grpc/exchange-messages.ts';
import { type ExchangeClient, openExchange } from '../e2e/exchange-client.ts';
import { everyCall, plausibleRequest } from './every-call.ts';
import { type StrangerWorld, contentsOf, openStrangerWorld } from './stranger-world.ts';

/** As stranger.test.ts, through the stream that stands for the calls of CryptoService. */
let world: StrangerWorld;
const streams: ExchangeClient[] = [];
const calls = everyCall().filter(({ path, isStream }) => path.startsWith('CryptoService/') && !isStream);

beforeAll(async () => {
  world = await openStrangerWorld();
});
afterAll(async () => {
  for (const stream of streams) stream.close();
  await world.close();
});

it('nobody opens a stream, or is told its limits, or takes the place of somebody', async () => {
  const unknown = Array.from(
    { length: 300 },
    (_, index) =>
      `lk_${String(index)
        .padStart(16, 'a')
        .replaceAll(/[0189]/g, 'b')}_${'A'.repeat(43)}`,
  );
  const first = open(unknown[0] ?? '');
  const others = unknown.slice(1).map((token) => first.another({ authorization: `Bearer ${token}` }));
  for (const stream of [first, ...others]) {
    expect(await stream.ended).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'UNAUTHENTICATED' });
    expect(stream.received).toEqual([]);
  }
  expect(world.door.load().openExchanges).toBe(0);
});

it.each(['', 'lk_nonsense', 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.AAAA'])('nobody: %j', async (token) => {
  const stream = open(token);
  expect(await stream.ended).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(stream.received).toEqual([]);
});

it('somebody who may do nothing is refused every request, whether there is what it names or not', async () => {
  const stream = open(world.stranger.token);
  await stream.limits;
  const before = contentsOf(world);
  const { key_id = {}, ciphertext_blob = {} } = world.others;
  const existing = [
    world.existing,
    ...Object.values(key_id).map((value) => ({ ...world.existing, key_id: String(value) })),
    ...Object.values(ciphertext_blob).map((value) => ({ ...world.existing, ciphertext_blob: Buffer.from(value) })),
  ];
  let id = 0;
  const said = new Set<string>();
  for (const things of existing)
    for (const call of calls) {
      const request = { ...plausibleRequest(call, things), ...unnamed(call.name) };
      id += 1;
      stream.send({ id, [fieldOf(call.name)]: request });
      said.add(textOf(await stream.answer(id)));
    }
  expect(id).toBeGreaterThan(100);
  expect([...said]).toEqual([expect.stringMatching(/^7 The caller may not do this/)]);
  expect(contentsOf(world)).toEqual(before);
});

/** Ciphertexts that name their key themselves. */
function unnamed(call: string): object {
  if (call === 'Decrypt' || call === 'BatchDecrypt') return { key_id: '' };
  return call.endsWith('ReEncrypt') ? { source_key_id: '' } : {};
}

/** Of a batch whose items alone are refused, that of its items. */
function textOf(answer: ExchangeResponse__Output): string {
  const { errors = [], failed_count = 0 } = answer.batch_decrypt ?? answer.batch_re_encrypt ?? {};
  const status = answer.error ?? (failed_count === 2 && errors.length === 1 ? errors[0]?.status : undefined);
  return status ? `${status.code} ${status.message}` : JSON.stringify(answer);
}

/** `re_encrypt` for ReEncrypt. */
function fieldOf(call: string): string {
  if (!(call in callFields)) throw new Error(`Exchange has no ${call}.`);
  return call.replaceAll(/(?<!^)([A-Z])/g, '_$1').toLowerCase();
}

function open(token: string): ExchangeClient {
  const stream = openExchange({ address: world.address, token });
  streams.push(stream);
  return stream;
}
