/** What the import calls of `NativeKeyTable` take and answer. */

export interface ImportTokenOrder {
  readonly importKeyId: Uint8Array;
  /** Of the KMS key, 16 bytes. */
  readonly keyId: Uint8Array;
  /** Index in `importWrappingAlgorithms`, plus 1. */
  readonly wrappingAlgorithm: number;
  readonly wrappingKeyBits: 2048 | 3072 | 4096;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export interface NewImportToken {
  /** Random, 16 bytes. */
  readonly tokenId: Buffer;
  /** docs/FORMATS.md, "Import token"; at most 4 KiB. */
  readonly token: Buffer;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Buffer;
}

export interface ImportTokenContent {
  readonly tokenId: Buffer;
  /** Index in `importWrappingAlgorithms`, plus 1. */
  readonly wrappingAlgorithm: number;
  readonly wrappingKeyBits: number;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export interface UnwrapImportOrder {
  readonly token: Uint8Array;
  /** Of the KMS key, 16 bytes. */
  readonly keyId: Uint8Array;
  readonly wrapped: Uint8Array;
  /** Of the domain key to wrap the material under. */
  readonly domainKeyId: Uint8Array;
  readonly keySpec: string;
}
