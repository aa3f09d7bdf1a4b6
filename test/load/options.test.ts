import { describe, expect, it } from 'vitest';
import { readOptions } from '../../load/options.ts';

describe('readOptions', () => {
  it('has defaults for everything', () => {
    expect(readOptions([], {})).toEqual({
      address: '127.0.0.1:50051',
      metricsAddress: '127.0.0.1:9464',
      mode: 'unary',
      operation: 'encrypt',
      size: 256,
      items: 1,
      connections: 4,
      streams: 16,
      rate: undefined,
      durationSeconds: 10,
      tokenFile: undefined,
      keyId: undefined,
      report: undefined,
    });
  });

  it('takes the address from the environment, and rather from the option', () => {
    const environment = { LATCHKEY_ADDRESS: 'unix:/run/latchkey.sock' };
    expect(readOptions([], environment)).toMatchObject({ address: 'unix:/run/latchkey.sock' });
    expect(readOptions(['--address', 'localhost:1'], environment)).toMatchObject({ address: 'localhost:1' });
  });

  it('takes the address of the metrics likewise', () => {
    const environment = { LATCHKEY_METRICS_ADDRESS: '127.0.0.1:7' };
    expect(readOptions([], environment)).toMatchObject({ metricsAddress: '127.0.0.1:7' });
    expect(readOptions(['--metrics', 'localhost:1'], environment)).toMatchObject({ metricsAddress: 'localhost:1' });
  });

  it('has other defaults for batches and streams', () => {
    expect(readOptions(['--mode', 'batch'], {})).toMatchObject({ items: 1000, streams: 2 });
    expect(readOptions(['--mode', 'exchange', '--items', '7'], {})).toMatchObject({ items: 7, streams: 1 });
  });

  it('knows --help', () => {
    expect(readOptions(['--mode', 'batch', '--help'], {})).toBe('help');
  });

  it.each([
    ['an unknown option', ['--fast'], '--fast'],
    ['an argument', ['localhost:1'], 'localhost:1'],
    ['an address that is none', ['--address', 'localhost'], '--address: localhost is not host:port or unix:/path.'],
    ['metrics on a socket', ['--metrics', 'unix:/m'], '--metrics: unix:/m is not host:port.'],
    ['an unknown mode', ['--mode', 'burst'], '--mode: burst is none of unary, batch, exchange.'],
    ['an unknown operation', ['--operation', 'sign'], '--operation: sign is none of encrypt, decrypt.'],
    ['items of a unary call', ['--items', '2'], '--items is for --mode batch and exchange.'],
    ['a size of nothing', ['--size', '0'], '--size: 0 is not a whole number from 1 to 1048576.'],
    ['a rate that is no number', ['--rate', '1e3'], '--rate: 1e3 is not a whole number from 1 to 1000000.'],
    ['a run without end', ['--duration', '301'], '--duration: 301 is not a whole number from 1 to 300.'],
    ['half a connection', ['--connections', '0.5'], '--connections: 0.5 is not a whole number from 1 to 1000.'],
  ])('refuses %s', (_, args, message) => {
    expect(() => readOptions(args, {})).toThrow(message);
  });
});
