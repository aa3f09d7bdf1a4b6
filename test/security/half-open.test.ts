import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { useServer } from '../e2e/using-server.ts';
import { clientPreface, goAway } from './http2-frames.ts';

/** Clients that have said goodbye over HTTP/2 and keep TCP half open. */
const under = useServer({ env: { LATCHKEY_MAX_CONNECTION_AGE_MS: '1000' } });
const sockets: ReturnType<typeof connect>[] = [];

afterAll(() => {
  for (const socket of sockets) socket.destroy();
});

it('a connection that reaches its age after that does not end the server', async () => {
  const [host = '', port = ''] = under.server.address.split(':');
  for (let client = 0; client < 5; client++) {
    const socket = connect({ host, port: Number(port), allowHalfOpen: true });
    sockets.push(socket);
    socket.resume();
    socket.write(Buffer.concat([clientPreface(), goAway()]));
    await once(socket, 'end');
  }
  await delay(1500);
  expect(under.server.process.exitCode).toBeNull();
  expect(await under.latchkey.crypto.generateRandom({ number_of_bytes: 1 })).toBeDefined();
});
