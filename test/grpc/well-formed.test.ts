import { describe, expect, it } from 'vitest';
import { accessService, keyService, serverService } from '../../src/grpc/methods.ts';
import { loadProtocol } from '../../src/grpc/protocol.ts';
import { requestCheck } from '../../src/grpc/well-formed.ts';

const protocol = loadProtocol();

describe('requestCheck', () => {
  it.each([keyService, accessService, serverService])('knows the fields of all requests of %s', (service) => {
    const checkAll = () => Object.values(protocol.service(service)).map(requestCheck);
    expect(checkAll).not.toThrow();
  });

  it('looks into the pairs of a map', () => {
    const { ExplainDecision } = protocol.service(accessService);
    if (ExplainDecision === undefined) throw new Error('There is no ExplainDecision.');
    const check = requestCheck(ExplainDecision);
    const pair = (value: number) => Buffer.of(0x22, 6, 0x0a, 1, 0x61, 0x12, 1, value);
    check(pair(0x62));
    expect(() => check(pair(0xff))).toThrow('encryption_context.value: must be UTF-8.');
  });
});
