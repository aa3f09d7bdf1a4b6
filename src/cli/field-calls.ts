import { isUtf8 } from 'node:buffer';
import type { EncryptedItem, DecryptedItem, Latchkey, LatchkeyError, ReEncryptedItem } from '../client/connect.ts';
import type { EncryptionContext } from './encryption-context.ts';
import { LineFault } from './json-fields.ts';
import type { FieldValue } from './line-values.ts';

/** What becomes of a value: the text to write instead of it, and whether that is new; or why there is none. */
export type FieldOutcome = { readonly text: string; readonly isNew: boolean } | { readonly fault: LineFault };

/** Works on values of one field. */
export type FieldCall = (field: string, values: readonly FieldValue[]) => Promise<FieldOutcome[]>;

/** The pair of a value's context that names its field, and the one that names its row: docs/JSONL.md. */
export const fieldContextKey = 'field';
export const rowContextKey = 'row-id';

interface CallOptions {
  readonly latchkey: Latchkey;
  /** Whether values are bound to their rows. */
  readonly hasRows: boolean;
}

export interface FieldsOfKey {
  readonly key: string;
  readonly context: EncryptionContext;
  readonly grantTokens: readonly string[];
}

export function encryptingFields({ latchkey, hasRows }: CallOptions, { key, context, grantTokens }: FieldsOfKey): FieldCall {
  return async (field, values) => {
    const items = values.map(({ text, rowId }) => ({ plaintext: Buffer.from(text), ...itemContextValue(rowId) }));
    const encryptionContext = { ...context, [fieldContextKey]: field };
    const results = latchkey.encryptMany(items, {
      keyId: key,
      encryptionContext,
      grantTokens,
      ...(hasRows ? { itemContextKey: rowContextKey } : {}),
    });
    return outcomes(results, (result: EncryptedItem) => ciphertextText(result.ciphertext));
  };
}

export function decryptingFields({ latchkey, hasRows }: CallOptions, { key, context, grantTokens }: FieldsOfKey): FieldCall {
  return async (field, values) =>
    withCiphertexts(values, async (items) => {
      const encryptionContext = { ...context, [fieldContextKey]: field };
      const results = latchkey.decryptMany(items, {
        keyId: key,
        encryptionContext,
        grantTokens,
        ...(hasRows ? { itemContextKey: rowContextKey } : {}),
      });
      return outcomes(results, (result: DecryptedItem) => plaintextText(result.plaintext));
    });
}

export interface ReEncryptFields {
  readonly key: string;
  readonly sourceKey: string;
  readonly source: EncryptionContext;
  readonly destination: EncryptionContext;
  readonly skipIfCurrent: boolean;
  readonly grantTokens: readonly string[];
}

export function reEncryptingFields(
  { latchkey, hasRows }: CallOptions,
  { key, sourceKey, source, destination, skipIfCurrent, grantTokens }: ReEncryptFields,
): FieldCall {
  return async (field, values) =>
    withCiphertexts(values, async (items) => {
      const results = latchkey.reEncryptMany(items, {
        destinationKeyId: key,
        sourceKeyId: sourceKey,
        sourceEncryptionContext: { ...source, [fieldContextKey]: field },
        destinationEncryptionContext: { ...destination, [fieldContextKey]: field },
        ...(hasRows ? { sourceItemContextKey: rowContextKey, destinationItemContextKey: rowContextKey } : {}),
        skipIfCurrent,
        grantTokens,
      });
      return outcomes(results, (result: ReEncryptedItem) => ({
        ...ciphertextText(result.ciphertext),
        isNew: result.reEncrypted ?? false,
      }));
    });
}

async function outcomes<Result extends { readonly error?: LatchkeyError | undefined }>(
  results: AsyncIterable<Result>,
  outcome: (result: Result) => FieldOutcome,
): Promise<FieldOutcome[]> {
  const made: FieldOutcome[] = [];
  for await (const result of results) made.push(result.error === undefined ? outcome(result) : { fault: faultOf(result.error) });
  return made;
}

/** Values that are no ciphertexts fail here; the others are worked on. */
async function withCiphertexts(
  values: readonly FieldValue[],
  work: (items: { readonly ciphertext: Buffer; readonly itemContextValue?: string }[]) => Promise<FieldOutcome[]>,
): Promise<FieldOutcome[]> {
  const ciphertexts = values.map(({ text }) => ciphertextIn(text));
  const items = values.flatMap(({ rowId }, index) => {
    const ciphertext = ciphertexts[index];
    return ciphertext === undefined ? [] : [{ ciphertext, ...itemContextValue(rowId) }];
  });
  const worked = (await work(items)).values();
  return ciphertexts.map((ciphertext) => (ciphertext === undefined ? notACiphertext : (worked.next().value ?? notACiphertext)));
}

/** Undefined for what is no string of base64. */
function ciphertextIn(text: string): Buffer | undefined {
  if (!text.startsWith('"')) return undefined;
  const digits = String(JSON.parse(text));
  return digits.length % 4 === 0 && base64.test(digits) ? Buffer.from(digits, 'base64') : undefined;
}

function ciphertextText(ciphertext: Buffer | undefined): { readonly text: string; readonly isNew: boolean } {
  return { text: JSON.stringify(ciphertext?.toString('base64')), isNew: true };
}

/** What was encrypted is JSON and stands in the line again as it was. Anything else, or another line, would be no JSON Lines. */
function plaintextText(plaintext: Buffer | undefined): FieldOutcome {
  if (plaintext === undefined || !isUtf8(plaintext)) return notAValue;
  const text = plaintext.toString();
  return text.includes('\n') || !isJson(text) ? notAValue : { text, isNew: true };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function faultOf({ reason, code, message }: LatchkeyError): LineFault {
  return new LineFault(reason ?? code, message);
}

function itemContextValue(rowId: string | undefined): { readonly itemContextValue?: string } {
  return rowId === undefined ? {} : { itemContextValue: rowId };
}

const notACiphertext = { fault: new LineFault('NOT_A_CIPHERTEXT', 'It is no string of base64 with padding.') };
const notAValue = { fault: new LineFault('NOT_JSON', 'What it decrypts to is no JSON value: it was not encrypted with --jsonl.') };
/** RFC 4648 §4, where the length is a multiple of four too. */
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;
