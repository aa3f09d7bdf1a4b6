import { Metadata } from '@grpc/grpc-js';
import { replyLimit } from './max-reply-bytes.ts';

/** What a connection's calls are authorized with: an access token or a JWT, or what answers one, asked before every call. */
export type TokenSource = string | (() => string | Promise<string>);

/** Makes what goes with a call beside its request. Fails as the token's source does, and with TypeError for what is no token. */
export type CallMetadata = (maxReplyBytes?: number) => Metadata | Promise<Metadata>;

export function callMetadata(token: TokenSource | undefined): CallMetadata {
  if (token === undefined) return plainMetadata;
  if (typeof token === 'string') return (maxReplyBytes) => authorized(plainMetadata(maxReplyBytes), token);
  return async (maxReplyBytes) => authorized(plainMetadata(maxReplyBytes), requireToken(await token()));
}

/** Answers it. Throws TypeError, which does not show it, for what cannot stand in an `authorization` header. */
export function requireToken(token: unknown): string {
  if (typeof token === 'string' && tokenPattern.test(token)) return token;
  throw new TypeError('A token is a text without spaces, such as lk_… or a JWT.');
}

function plainMetadata(maxReplyBytes?: number): Metadata {
  return maxReplyBytes === undefined ? new Metadata() : replyLimit(maxReplyBytes);
}

function authorized(metadata: Metadata, token: string): Metadata {
  metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}

/** A b64token of RFC 6750 §2.1. */
const tokenPattern = /^[A-Za-z0-9._~+/-]+=*$/;
