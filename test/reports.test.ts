import { pino } from 'pino';
import { expect, it } from 'vitest';
import { connectionReport } from '../src/reports.ts';

it('tell of ten certificates a minute that were refused, and how many more there were', () => {
  const lines: object[] = [];
  const log = pino({ base: null, timestamp: false }, { write: (line) => lines.push(JSON.parse(line) as object) });
  let now = 1_000_000;
  const { unverified } = connectionReport({ connectionRefused: () => undefined }, log, () => now);
  const refuse = (count: number) => {
    for (let i = 0; i < count; i++) unverified('0.0.0.0:50051', { problem: 'CERT_HAS_EXPIRED', remoteAddress: '10.0.0.1' });
  };

  refuse(1);
  expect(lines).toEqual([
    {
      level: 40,
      listener: '0.0.0.0:50051',
      remoteAddress: '10.0.0.1',
      problem: 'CERT_HAS_EXPIRED',
      unsaid: 0,
      msg: "a client's certificate was not accepted",
    },
  ]);
  refuse(29);
  expect(lines).toHaveLength(10);
  now += 59_999;
  refuse(1);
  expect(lines).toHaveLength(10);
  now += 1;
  refuse(2);
  expect(lines.slice(10)).toEqual([expect.objectContaining({ unsaid: 21 }), expect.objectContaining({ unsaid: 0 })]);
});
