import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { connect } from '../../src/client/connect.ts';
import { flushPeriodMs } from '../../src/control-plane/jobs/flush-uses.ts';
import { removeHome, startServer } from '../e2e/start-server.ts';
import { newKeyId } from '../e2e/using-server.ts';

it('kill -9 loses the uses of the last seconds at most', async () => {
  const killed = await startServer();
  const before = connect({ address: killed.address, token: killed.token });
  const key_id = await newKeyId(before);
  const encrypt = async () => before.crypto.encrypt({ key_id, plaintext: Buffer.from('x') });
  for (let use = 0; use < 5; use++) await encrypt();
  await wait(flushPeriodMs + 1000);
  for (let use = 0; use < 3; use++) await encrypt();
  await killed.kill();
  before.close();

  const server = await startServer({ home: `${killed.dataDirectory}/..` });
  const after = connect({ address: server.address, token: server.token });
  const { uses } = await after.keys.describeKey({ key_id });
  expect(Number(uses?.encryptions)).toBeGreaterThanOrEqual(5);
  expect(Number(uses?.encryptions)).toBeLessThanOrEqual(8);
  await after.crypto.encrypt({ key_id, plaintext: Buffer.from('x') });
  expect((await after.keys.describeKey({ key_id })).uses?.encryptions).toBe(String(Number(uses?.encryptions) + 1));
  after.close();
  await server.kill();
  await removeHome(killed);
});
