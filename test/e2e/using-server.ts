import { afterAll, beforeAll } from 'vitest';
import { type Latchkey, connect } from '../../src/client/connect.ts';
import { type RawClient, openRawClient } from './raw-client.ts';
import { type RunningServer, type ServerOptions, removeHome, startServer } from './start-server.ts';

/** A server for one file of tests, and two ways to call it. Nothing of it is there before the first test begins. */
export interface ServerUnderTest {
  readonly server: RunningServer;
  /** The client library. */
  readonly latchkey: Latchkey;
  /** Bytes in, bytes out. */
  readonly raw: RawClient;
  /** Makes a key and answers its id. */
  newKey(description?: string): Promise<string>;
}

export function useServer(options: ServerOptions = {}): ServerUnderTest {
  let running: { server: RunningServer; latchkey: Latchkey; raw: RawClient } | undefined;
  const current = () => {
    if (running === undefined) throw new Error('The server is not there yet: use it inside a test.');
    return running;
  };

  beforeAll(async () => {
    const server = await startServer(options);
    const { address, token } = server;
    running = { server, latchkey: connect({ address, token }), raw: openRawClient(server) };
  });
  afterAll(async () => {
    if (running === undefined) return;
    running.latchkey.close();
    running.raw.close();
    await running.server.kill();
    await removeHome(running.server);
  });

  return {
    get server() {
      return current().server;
    },
    get latchkey() {
      return current().latchkey;
    },
    get raw() {
      return current().raw;
    },
    newKey: async (description = '') => newKeyId(current().latchkey, description),
  };
}

export async function newKeyId(latchkey: Latchkey, description = ''): Promise<string> {
  const { key_metadata } = await latchkey.keys.createKey({ description });
  if (!key_metadata) throw new Error('CreateKey answered without key_metadata.');
  return key_metadata.key_id;
}
