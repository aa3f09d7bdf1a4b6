import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, expect, it } from 'vitest';
import { localhostNames, makeCa, removeCertificates } from '../tls/certificates.ts';
import { openTlsDoor } from './tls-door.ts';

afterAll(removeCertificates);

it('a handshake has ten seconds', async () => {
  const door = await openTlsDoor({ server: makeCa('authority').issue({ san: [...localhostNames] }) });
  const socket = connect(door.port, '127.0.0.1');
  await once(socket, 'connect');
  const began = performance.now();
  socket.on('error', () => undefined);
  socket.resume();
  await once(socket, 'close');
  expect(performance.now() - began).toBeGreaterThan(9_000);
  expect(performance.now() - began).toBeLessThan(20_000);
  expect(door.events).toEqual(['HANDSHAKE']);
  await door.close();
});
