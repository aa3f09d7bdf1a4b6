import { describe, expect, it } from 'vitest';
import { argumentsFor, parseOutput } from '../../load/h2load.ts';

const load = {
  address: '127.0.0.1:50051',
  path: '/latchkey.v1.CryptoService/Encrypt',
  headers: ['name: value'],
  bodyFile: '/tmp/body',
  logFile: '/tmp/log',
  connections: 4,
  streams: 16,
  rate: undefined,
  durationSeconds: 10,
};

describe('argumentsFor', () => {
  it('calls the method at the address', () => {
    expect(argumentsFor(load).at(-1)).toBe('http://127.0.0.1:50051/latchkey.v1.CryptoService/Encrypt');
    expect(argumentsFor(load)).toEqual(
      expect.arrayContaining(['--header=name: value', '--duration=10', '--clients=4', '--max-concurrent-streams=16']),
    );
  });

  it('connects to a socket', () => {
    const args = argumentsFor({ ...load, address: 'unix:/run/latchkey.sock' });
    expect(args).toContain('--base-uri=unix:/run/latchkey.sock');
    expect(args.at(-1)).toBe('http://localhost/latchkey.v1.CryptoService/Encrypt');
  });

  it('shares the rate between the connections', () => {
    expect(argumentsFor({ ...load, rate: 10 })).toContain('--rps=2.5');
    expect(argumentsFor(load).filter((argument) => argument.startsWith('--rps'))).toEqual([]);
  });
});

describe('parseOutput', () => {
  const output = `Stopped all clients for thread #0

finished in 2.00s, 6260.00 req/s, 3.11MB/s
requests: 12521 total, 12530 started, 12521 done, 12520 succeeded, 1 failed, 1 errored, 0 timeout
status codes: 12520 2xx, 0 3xx, 0 4xx, 0 5xx
traffic: 6.22MB (6522515) total, 61.40KB (62872) headers (space savings 96.39%), 5.81MB (6096417) data
                     min         max         mean         sd        +/- sd
time for request:      269us     69.50ms      1.57ms      3.24ms    92.83%
`;

  it('reads what h2load 1.52 writes', () => {
    expect(parseOutput(output)).toEqual({ started: 12530, succeeded: 12520, broken: 1, receivedBytes: 6096417 });
  });

  it('refuses a run that did not get to its end, and shows what it said', () => {
    expect(() => parseOutput('progress: 100% of clients started\n')).toThrow('progress: 100%');
  });
});
