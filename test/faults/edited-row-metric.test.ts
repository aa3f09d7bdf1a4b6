import Database from 'better-sqlite3';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { connect } from '../../src/client/connect.ts';
import { readMetrics } from '../e2e/metrics-page.ts';
import { refusalFacts } from '../e2e/refusal.ts';
import { removeHome, startServer } from '../e2e/start-server.ts';
import { newKeyId } from '../e2e/using-server.ts';

it('a server with an edited row starts, refuses that key, shows it as unavailable, counts it, logs it, and serves the others', async () => {
  const first = await startServer();
  const before = connect({ address: first.address, token: first.token });
  const [bad, good] = [await newKeyId(before), await newKeyId(before)];
  before.close();
  await first.stop();
  const database = new Database(join(first.dataDirectory, 'latchkey.db'));
  database
    .prepare('UPDATE keys SET record = CAST(replace(record, \'"disabled":false\', \'"disabled":false \') AS BLOB) WHERE key_id = ?')
    .run(bad);
  database.close();

  const server = await startServer({ home: join(first.dataDirectory, '..') });
  const { crypto, keys, close } = connect({ address: server.address, token: server.token });
  const plaintext = Buffer.from('x');
  expect(await refusalFacts(crypto.encrypt({ key_id: bad, plaintext }))).toEqual({
    reason: 'KEY_UNAVAILABLE',
    code: 'UNAVAILABLE',
    fields: [],
  });
  expect((await refusalFacts(keys.describeKey({ key_id: bad }))).reason).toBe('KEY_UNAVAILABLE');
  expect((await refusalFacts(keys.disableKey({ key_id: bad }))).reason).toBe('KEY_UNAVAILABLE');
  const listed = (await keys.listKeys({})).keys.map(({ key_id, key_state }) => [key_id, key_state]);
  expect(Object.fromEntries(listed)).toEqual({ [bad]: 'KEY_STATE_UNAVAILABLE', [good]: 'KEY_STATE_ENABLED' });
  await crypto.encrypt({ key_id: good, plaintext });

  const metrics = await readMetrics(server.metricsAddress);
  // The look at the start, and the four calls.
  expect(metrics.value('latchkey_row_authentication_failures_total{kind="key"}')).toBe(5);
  expect(server.log.join('\n')).toContain('not authentic');
  close();
  expect(await server.stop()).toBe(0);
  await removeHome(server);
});
