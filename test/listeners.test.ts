import { describe, expect, it } from 'vitest';
import { openListeners } from '../src/listeners.ts';

const parts = { now: Date.now, report: { reloaded: () => undefined, refused: () => undefined } };
const missing = { certificate: '/nonexistent/a.pem', key: '/nonexistent/a.key', minVersion: '1.3' } as const;
const metrics = { address: '127.0.0.1:0', setting: 'metrics.address', allowPlaintext: false };
const refused = (settings: Parameters<typeof openListeners>[0]) =>
  openListeners(settings, parts).then(
    () => 'opened',
    (error: unknown) => String(error).split('\n'),
  );

describe('listeners', () => {
  it('that will not do are told at once, those of the metrics too', async () => {
    const lines = await refused({
      listeners: [
        { address: '0.0.0.0:1', setting: 'listeners[0].address' },
        { address: '127.0.0.1:0', setting: 'listeners[1].address' },
        { address: '127.0.0.1:0', setting: 'listeners[2].address', tls: { ...missing, setting: 'listeners[2].tls' } },
      ],
      metrics: { ...metrics, address: '0.0.0.0:2' },
    });
    expect(lines).toEqual([
      expect.stringMatching(/The settings are not right:$/),
      expect.stringMatching(/^ {2}listeners\[0\]\.address: 0\.0\.0\.0:1 can be reached from other machines/),
      expect.stringMatching(/^ {2}listeners\[2\]\.tls\.certificate: \/nonexistent\/a\.pem cannot be opened/),
      expect.stringMatching(/^ {2}metrics\.address: 0\.0\.0\.0:2 can be reached from other machines/),
    ]);
  });

  it('of which one will not do are refused with that alone', async () => {
    const lines = await refused({ listeners: [{ address: '0.0.0.0:1', setting: 'LATCHKEY_GRPC_ADDRESS' }], metrics });
    expect(lines).toEqual([expect.stringMatching(/^StartRefused: LATCHKEY_GRPC_ADDRESS: 0\.0\.0\.0:1 can be reached/)]);
  });
});
