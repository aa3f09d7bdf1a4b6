import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { CallExpired, KmsError, invalidField } from '../../src/errors.ts';
import { errorReasons } from '../../src/generated/error-reasons.ts';
import { loadProtocol } from '../../src/grpc/protocol.ts';
import { codes, statusEncoder } from '../../src/grpc/status.ts';

const protocol = loadProtocol();
const encode = statusEncoder(protocol);

describe('statuses', () => {
  it('have the codes that errors.proto says', () => {
    const proto = readFileSync(join(import.meta.dirname, '../../proto/latchkey/v1/errors.proto'), 'utf8');
    const documented = [...proto.matchAll(/\[([A-Z_]+)\]\n  ERROR_REASON_([A-Z_]+) =/g)].map(([, code, reason]) => [reason, code]);
    expect(documented).toEqual(errorReasons.map((reason) => [reason, status[codes[reason]]]));
  });

  it.each(errorReasons)('%s carries its reason in ErrorInfo', (reason) => {
    const { code, details, metadata } = encode(new KmsError(reason, 'message'));
    expect([code, details]).toEqual([codes[reason], 'message']);
    expect(detailsOf(metadata.get('grpc-status-details-bin')[0])).toEqual({
      code: codes[reason],
      message: 'message',
      details: [['type.googleapis.com/google.rpc.ErrorInfo', { reason, domain: 'latchkey', metadata: {} }]],
    });
  });

  it('names wrong fields in BadRequest', () => {
    const { metadata } = encode(invalidField('page_size', 'must be 1 to 1000.'));
    expect(detailsOf(metadata.get('grpc-status-details-bin')[0]).details[1]).toEqual([
      'type.googleapis.com/google.rpc.BadRequest',
      { field_violations: [{ field: 'page_size', description: 'must be 1 to 1000.' }] },
    ]);
  });

  it('tells nothing of a bug', () => {
    const { code, details, metadata } = encode(new TypeError('secret detail'));
    expect(code).toBe(status.INTERNAL);
    expect(details).not.toContain('secret');
    expect(metadata.getMap()).toEqual({});
  });

  it.each(['DEADLINE_EXCEEDED', 'CANCELLED'] as const)('%s is gRPC’s own', (outcome) => {
    expect(encode(new CallExpired(outcome)).code).toBe(status[outcome]);
  });
});

function detailsOf(trailer: string | Buffer | undefined) {
  if (!Buffer.isBuffer(trailer)) throw new Error('There are no details.');
  const { code, message, details } = protocol.message('google.rpc.Status').deserialize(trailer) as {
    code: number;
    message: string;
    details: { type_url: string; value: Buffer }[];
  };
  return {
    code,
    message,
    details: details.map(({ type_url, value }) => [type_url, protocol.message(type_url.split('/')[1] ?? '').deserialize(value)]),
  };
}
