import { describe, expect, it } from 'vitest';
import { onMessages } from '../../src/grpc/on-messages.ts';
import { loadProtocol } from '../../src/grpc/protocol.ts';
import { administratorsPermission } from '../fakes/callers.ts';

const service = loadProtocol().service('latchkey.v1.KeyService');
const method = service['UpdateKeyDescription']!;
/** What the work of the method is given; its response is empty. */
function decode(request: Buffer): unknown {
  const given: unknown[] = [];
  const operation = onMessages(method, (message) => {
    given.push(message);
    return {};
  });
  expect(operation(request, caller)).toEqual(Buffer.alloc(0));
  return given[0];
}
const caller = {
  permission: administratorsPermission(),
  requireTime: () => undefined,
  maxReplyBytes: () => Infinity,
  reserve: () => undefined,
};
const bytes = (...parts: (number | string)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.of(part))));

describe('requests of KeyService', () => {
  it('decode', () => {
    expect(decode(bytes(0x12, 2, 'ok'))).toEqual({ key_id: '', description: 'ok' });
  });

  it('may hold U+FFFD that was sent as such', () => {
    expect(decode(bytes(0x12, 3, '\ufffd'))).toEqual({ key_id: '', description: '\ufffd' });
  });

  it.each([
    ['invalid UTF-8', bytes(0x12, 1, 0xff)],
    ['invalid UTF-8 beside U+FFFD', bytes(0x12, 4, '\ufffd', 0xff)],
    ['a length beyond the message', bytes(0x12, 200, 'x')],
    ['U+FFFD in an unknown field and invalid UTF-8 in a known one', bytes(0x7a, 3, '\ufffd', 0x12, 1, 0xff)],
    ['a text sent as a number', bytes(0x10, 1)],
    ['a number of 11 bytes in an unknown field', bytes(0x78, ...Array.from({ length: 10 }, () => 0x80), 0)],
    ['field 0', bytes(0x02, 0)],
    ['a truncated tag', bytes(0x80)],
    ['a wrong group', bytes(0x0c)],
  ])('with %s are malformed', (_, request) => {
    expect(() => decode(request)).toThrow(expect.objectContaining({ reason: 'INVALID_REQUEST' }));
  });
});

describe('a request that is malformed', () => {
  it('names the field that is not UTF-8', () => {
    expect(() => decode(bytes(0x12, 1, 0xff))).toThrow(
      expect.objectContaining({ reason: 'INVALID_REQUEST', fieldViolations: [expect.objectContaining({ field: 'description' })] }),
    );
  });

  it('may hold anything in fields that are not known', () => {
    expect(decode(bytes(0x7a, 1, 0xff, 0x12, 2, 'ok'))).toEqual({ key_id: '', description: 'ok' });
  });
});
