import { fencedBlocks, readDocument } from './documents.ts';
import type { Inputs } from './formats-oracle.ts';

/** The worked example as docs/FORMATS.md has it. Throws when a given value is missing. */
export function documentedValues(): { readonly given: Inputs; readonly follows: ReadonlyMap<string, Buffer> } {
  const [givenText = '', followsText = ''] = fencedBlocks(readDocument('docs/FORMATS.md'), 'text');
  return { given: inputs(valuesOf(givenText)), follows: valuesOf(followsText) };
}

/** `name =` and indented lines of hex, or `name = "text"`. */
function valuesOf(text: string): ReadonlyMap<string, Buffer> {
  const values = new Map<string, Buffer>();
  for (const [, name = '', quoted, hex = ''] of text.matchAll(/^(\S.*?) =(?: "(.*)"$|\n((?: {2}[0-9a-f]+\n)+))/gm)) {
    values.set(name, quoted === undefined ? Buffer.from(hex.replaceAll(/\s/g, ''), 'hex') : Buffer.from(quoted));
  }
  return values;
}

function inputs(values: ReadonlyMap<string, Buffer>): Inputs {
  const bytes = (name: string): Buffer => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`The worked example does not give the ${name}.`);
    return value;
  };
  return {
    rootKey: bytes('root key'),
    domainKey: bytes('domain key'),
    domainKeyNonce: bytes('nonce of the stored domain key'),
    keyId: bytes('key id'),
    keySpec: bytes('key spec').toString(),
    material: bytes('material'),
    materialNonce: bytes('nonce of the stored key material'),
    importKey: bytes('import key'),
    importKeyNonce: bytes('nonce of the stored import key'),
    tokenFields: [
      'token id',
      'wrapping algorithm',
      'bits of the RSA key',
      'end of the token',
      'stand-in for the RSA private key',
    ].map(bytes),
    tokenNonce: bytes('nonce of the import token'),
    plaintext: bytes('plaintext'),
    context: JSON.parse(bytes('encryption context').toString()) as Record<string, string>,
    blobNonce: bytes('nonce of the blob'),
    dataKey: bytes('data key'),
    dataKeyNonce: bytes("nonce of the data key's blob"),
    objectSalt: bytes('salt of the object'),
    aliasName: bytes('alias name').toString(),
    aliasRecord: bytes('alias record'),
    grantId: bytes('grant id'),
    pageCall: bytes('call').toString(),
    pageFilters: bytes('filters').toString(),
    pageCursor: bytes('cursor').toString(),
  };
}
