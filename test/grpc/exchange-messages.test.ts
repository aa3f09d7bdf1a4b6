import { expect, it } from 'vitest';
import { loadProtocol } from '../../src/client/protocol.ts';
import { callFields, drainingMessage, errorMessage, limitsMessage, responseMessage } from '../../src/grpc/exchange-messages.ts';

const protocol = loadProtocol();
/** With the fields that are there, and no others. */
const decode = (message: Buffer) => protocol.crypto.Exchange.responseDeserialize(message);

it.each([
  ['1', 0, 1],
  ['127', 0, 0x7f],
  ['128', 0, 0x80],
  ['268435455', 0, 0x0fffffff],
  ['268435456', 0, 0x10000000],
  ['4294967295', 0, 0xffffffff],
  ['4294967296', 1, 0],
  ['9007199254740993', 0x200000, 1],
  ['9223372036854775808', 0x80000000, 0],
  ['18446744073709551615', 0xffffffff, 0xffffffff],
] as const)('has the id %s', (id, high, low) => {
  const response = protocol.crypto.GenerateRandom.responseSerialize({ plaintext: Buffer.from('random') });
  const decoded = decode(responseMessage({ high, low }, 'GenerateRandom', response));
  expect(decoded.id).toBe(id);
  expect(decoded.generate_random?.plaintext.toString()).toBe('random');
});

it.each(Object.keys(callFields) as (keyof typeof callFields)[])('carries the response of %s in its field', (operation) => {
  const field = operation.replaceAll(/(?<=.)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
  const response = protocol.crypto[operation].responseSerialize({});
  expect(decode(responseMessage({ high: 0, low: 7 }, operation, response))).toMatchObject({ id: '7', result: field });
  // Lengths of one, two and three bytes.
  for (const size of [1, 127, 128, 16_383, 16_384, 100_000]) {
    const unknownField = Buffer.concat([Buffer.of(0xfa, 0x07), lengthOf(size), Buffer.alloc(size)]);
    expect(decode(responseMessage({ high: 0, low: 7 }, operation, unknownField)).result).toBe(field);
  }
});

it('carries an error', () => {
  const status = protocol.status.serialize({ code: 5, message: 'There is no such key.' });
  expect(decode(errorMessage({ high: 0, low: 300 }, status))).toMatchObject({
    id: '300',
    result: 'error',
    error: { code: 5, message: 'There is no such key.' },
  });
});

it('tells the limits, with id 0', () => {
  const limits = {
    maxRequestsInFlight: 256,
    maxMessageBytes: 512 * 1024 * 1024,
    maxReplyBytes: 4 * 1024 * 1024,
    maxPlaintextBytes: 5_000_000_000,
    maxBatchItems: 100_000,
  };
  expect(decode(limitsMessage(limits))).toMatchObject({
    id: '0',
    result: 'limits',
    limits: {
      max_requests_in_flight: 256,
      max_message_bytes: '536870912',
      max_reply_bytes: '4194304',
      max_plaintext_bytes: '5000000000',
      max_batch_items: 100_000,
    },
  });
});

it.each([
  [0, '0', 0],
  [999, '0', 999_000_000],
  [30_000, '30', 0],
  [600_001, '600', 1_000_000],
] as const)('announces a grace of %i ms', (graceMs, seconds, nanos) => {
  expect(decode(drainingMessage(graceMs))).toMatchObject({ id: '0', result: 'draining', draining: { grace: { seconds, nanos } } });
});

/** As a varint. */
function lengthOf(size: number): Buffer {
  const bytes: number[] = [];
  let rest = size;
  for (; rest >= 0x80; rest >>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}
