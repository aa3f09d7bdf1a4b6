import { describe, expect, it } from 'vitest';
import { Malformed, rawBytes, refusingMalformed } from '../../src/grpc/malformed.ts';
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
    ['a truncated tag', bytes(0x80)],
    ['a wrong group', bytes(0x0c)],
  ])('with %s are malformed', (_, request) => {
    expect(decode(request)).toBeInstanceOf(Malformed);
  });
});

describe('raw services', () => {
  const raw = rawBytes(loadProtocol().service('latchkey.v1.CryptoService'))['Encrypt']!;

  it('pass bytes through as they are', () => {
    const request = bytes(1, 2, 3);
    expect(raw.requestDeserialize(request)).toBe(request);
    expect(raw.responseSerialize(request)).toBe(request);
  });

  it('send nothing but bytes', () => {
    expect(() => raw.responseSerialize({})).toThrow(/Buffer/);
  });
});
