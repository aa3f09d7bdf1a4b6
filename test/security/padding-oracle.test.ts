import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { everythingAbout } from '../e2e/everything-about.ts';
import {
  type ImportParameters,
  type WrapOptions,
  importRequest,
  newExternalKey,
  parametersFor,
  wrapMaterial,
  wrappingAlgorithms,
} from '../e2e/importing.ts';
import { refusal } from '../e2e/refusal.ts';
import { useServer } from '../e2e/using-server.ts';

const under = useServer();

/** Whoever may ask whether something unwraps must not learn why it does not: that is how padding oracles recover what was wrapped. */
describe.each(wrappingAlgorithms)('material that does not unwrap with %s', (algorithm) => {
  it('is answered with one reason and one text, and nothing is stored', async () => {
    const key_id = await newExternalKey(under.latchkey);
    const parameters = await parametersFor(under.latchkey, key_id, algorithm);
    const before = await everythingAbout(under.latchkey, key_id);
    const answers: object[] = [];
    for (const encrypted_key_material of broken(parameters)) {
      const request = { ...importRequest(key_id, parameters, randomBytes(32)), encrypted_key_material };
      const { reason, code, message, fieldViolations } = await refusal(under.latchkey.keys.importKeyMaterial(request));
      answers.push({ reason, code, message, fieldViolations });
    }
    const [first] = answers;
    expect(first).toMatchObject({ reason: 'INVALID_CIPHERTEXT', code: 'INVALID_ARGUMENT', fieldViolations: [] });
    expect(answers).toEqual(answers.map(() => first));
    expect(await everythingAbout(under.latchkey, key_id)).toEqual(before);

    // No failure has used the token up.
    await under.latchkey.keys.importKeyMaterial(importRequest(key_id, parameters, randomBytes(32)));
  });
});

function broken({ public_key, algorithm }: ImportParameters): Buffer[] {
  const wrap = (bytes: number, options: WrapOptions = {}) => wrapMaterial(public_key, algorithm, randomBytes(bytes), options);
  const right = wrap(32);
  const flipped = (at: number) => right.map((byte, index) => (index === at ? byte ^ 1 : byte)) as Buffer;
  const otherHash = algorithm.endsWith('SHA_256') ? 'sha1' : 'sha256';
  const keyWraps: Buffer[] = algorithm.startsWith('RSAES')
    ? []
    : [
        wrap(32, { breakKeyWrap: (wrapped) => wrapped.subarray(0, -8) }),
        wrap(32, { breakKeyWrap: (wrapped) => wrapped.map((byte, index) => (index === 0 ? byte ^ 1 : byte)) as Buffer }),
        wrap(32, { breakKeyWrap: (wrapped) => randomBytes(wrapped.length) }),
        wrap(32, { breakKeyWrap: () => Buffer.alloc(0) }),
        wrap(40),
      ];
  return [
    right.subarray(0, -1),
    right.subarray(1),
    right.subarray(0, 10),
    Buffer.concat([right, Buffer.of(0)]),
    flipped(0),
    flipped(right.length - 1),
    randomBytes(right.length),
    Buffer.alloc(right.length),
    Buffer.alloc(right.length, 0xff),
    wrap(32, { oaepHash: otherHash }),
    ...[1, 16, 31, 33, 64].map((bytes) => wrap(bytes)),
    ...wrappingAlgorithms.filter((other) => other !== algorithm).map((other) => wrapMaterial(public_key, other, randomBytes(32))),
    ...keyWraps,
  ];
}
