import fc from 'fast-check';

/** Up to `maxLength` bytes, at least one: short ones often, long ones now and then. */
export const plaintext = (maxLength = 4096) =>
  fc.oneof(
    { weight: 9, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 200 }) },
    { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength }) },
  );

/** Any text that UTF-8 can hold: a lone surrogate cannot be sent. */
const text = fc.string({ unit: 'binary', maxLength: 24 });

/** Pairs of an encryption context, no key twice, in no particular order. */
export const context = fc.uniqueArray(fc.tuple(text, text), { maxLength: 12, selector: ([key]) => key });

export const contextWithPairs = fc.uniqueArray(fc.tuple(text, text), { minLength: 1, maxLength: 12, selector: ([key]) => key });
