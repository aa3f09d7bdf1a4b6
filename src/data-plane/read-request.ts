import type { ParsedRequest } from '../crypto/crypto-calls.ts';
import type { UnaryOperation } from '../crypto/native.ts';
import type { ContextSide } from '../crypto/request-texts.ts';
import { contextOf } from './contexts.ts';
import type { DataPlaneCall } from './data-plane.ts';
import { requireGrantTokens } from './grant-tokens.ts';

/** A request as far as it can be judged without a key. */
export interface RequestRead {
  readonly parsed: ParsedRequest;
  /** What decisions may ask for, on one side. */
  readonly facts: (side?: ContextSide) => { readonly context: () => ReadonlyMap<string, string> };
}

/** Parses a request and refuses all that can be refused without a key, grant tokens included. */
export function readRequest(operation: UnaryOperation, { request, plane }: DataPlaneCall): RequestRead {
  const { calls } = plane;
  const parsed = calls.parse(operation, request);
  const read = { operation, request };
  requireGrantTokens({ ...read, grantTokens: parsed.grantTokens }, calls.texts, plane);
  return { parsed, facts: (side) => ({ context: contextOf(read, calls.texts, side) }) };
}
