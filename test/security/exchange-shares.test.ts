import { afterAll, beforeAll, expect, it } from 'vitest';
import { maxExchanges } from '../../src/grpc/open-exchanges.ts';
import { type ExchangeClient, openExchange } from '../e2e/exchange-client.ts';
import { type AccessService, openAccessService } from './access-service.ts';

/** Streams of Exchange are few: nobody takes them all, on whatever connections and with whatever tokens they come. */
let service: AccessService;
const clients: ExchangeClient[] = [];

beforeAll(async () => {
  service = await openAccessService();
});
afterAll(async () => {
  for (const client of clients) client.close();
  await service.close();
});

it('a caller may have no more streams than are free, and others have theirs', async () => {
  const [greedy, second, third] = [
    await service.newcomer('greedy'),
    await service.newcomer('second'),
    await service.newcomer('third'),
  ];
  const { access_token: another } = await service.admin.access.createAccessToken({ principal: greedy.path });

  const first = await openAll(greedy.token, maxExchanges);
  expect(first.open).toBe(maxExchanges / 2);
  expect(first.refusals).toEqual(new Set(['RESOURCE_EXHAUSTED THROTTLED']));
  expect(await openAll(another, 3)).toMatchObject({ open: 0 });

  expect(await openAll(second.token, maxExchanges)).toMatchObject({ open: maxExchanges / 4 });
  expect(await openAll(third.token, 1)).toMatchObject({ open: 1 });

  // Of what somebody gives back, others have their share.
  for (const client of first.streams) client.close();
  await expect.poll(() => service.door.load().openExchanges).toBe(maxExchanges / 4 + 1);
  expect(await openAll(third.token, 10)).toMatchObject({ open: 10 });
  expect(await openAll(another, 1)).toMatchObject({ open: 1 });
});

it('many callers together take them all, and no more', async () => {
  const openExchanges = () => service.door.load().openExchanges;
  for (let number = 0; openExchanges() < maxExchanges; number++) {
    const { token } = await service.newcomer(`one-of-many-${number}`);
    const { open } = await openAll(token, Math.ceil((maxExchanges - openExchanges()) / 2));
    expect(open).toBeGreaterThan(0);
  }
  const { token } = await service.newcomer('one-too-many');
  expect(await openAll(token, 2)).toMatchObject({ open: 0, refusals: new Set(['RESOURCE_EXHAUSTED THROTTLED']) });
  expect(openExchanges()).toBe(maxExchanges);
});

/** Opens so many streams on one connection, and answers how many were taken, and how the others ended. */
async function openAll(token: string, count: number) {
  const client = openExchange({ address: service.address, token });
  const streams = [client, ...Array.from({ length: count - 1 }, () => client.another())];
  clients.push(...streams);
  const refusals = new Set<string>();
  let open = 0;
  for (const stream of streams) {
    const outcome = await Promise.race([stream.limits.then(() => undefined), stream.ended]);
    if (outcome === undefined) open += 1;
    else refusals.add(`${outcome.code} ${outcome.reason}`);
  }
  return { streams, open, refusals };
}
