import { describe, expect, it } from 'vitest';
import { fieldNames } from '../../src/crypto/native-failure.ts';
import { loadNativeAddon, operations } from '../../src/crypto/native.ts';
import { loadProtocol } from '../../src/grpc/protocol.ts';

describe('the native addon', () => {
  it('runs the code of Node’s own OpenSSL', () => {
    const { version, file } = loadNativeAddon().openssl();
    expect(file).toBe(process.execPath);
    expect(process.versions.openssl).toContain(version);
  });

  it.each(operations)('is told about by the names that crypto.proto gives the fields of %s', (operation) => {
    const method = loadProtocol().service('latchkey.v1.CryptoService')[operation]!;
    const { field } = method.requestType.type as { field: readonly { name: string; number: number }[] };
    const names = field.toSorted((a, b) => a.number - b.number).map(({ name, number }) => [number, name]);
    expect(fieldNames[operation].map((name, index) => [index + 1, name])).toEqual(names);
  });
});
