import { describe, expect, it } from 'vitest';
import { Malformed, refusingMalformed } from '../../src/grpc/malformed.ts';
import { loadProtocol } from '../../src/grpc/protocol.ts';

const service = loadProtocol().service('latchkey.v1.KeyService');
const decode = refusingMalformed(service)['UpdateKeyDescription']!.requestDeserialize;
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
    expect(decode(request)).toBeInstanceOf(Malformed);
  });
});

describe('a request that is malformed', () => {
  it('names the field that is not UTF-8', () => {
    const malformed = decode(bytes(0x12, 1, 0xff));
    expect(malformed).toMatchObject({ error: { reason: 'INVALID_REQUEST', fieldViolations: [{ field: 'description' }] } });
  });

  it('may hold anything in fields that are not known', () => {
    expect(decode(bytes(0x7a, 1, 0xff, 0x12, 2, 'ok'))).toEqual({ key_id: '', description: 'ok' });
  });
});
