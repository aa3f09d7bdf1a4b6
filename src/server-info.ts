import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { requestLimits } from './crypto/native-views.ts';
import type { GetServerInfoResponse } from './generated/latchkey/v1/GetServerInfoResponse.ts';
import { maxAliasesPerKey } from './keys/alias.ts';

/** What the server tells about itself. */
export function serverInfo({ limits, opensslVersion, storeVersion }: ServerFacts): GetServerInfoResponse {
  return {
    version: version(),
    openssl_version: opensslVersion,
    formats: {
      ciphertext_blob_version: 1,
      readable_ciphertext_blob_versions: [1],
      ciphertext_suite: 'XAES-256-GCM',
      store_version: storeVersion,
    },
    limits: {
      max_plaintext_bytes: limits.maxPlaintextBytes,
      max_message_bytes: limits.maxMessageBytes,
      max_encryption_context_pairs: requestLimits.contextPairs,
      max_encryption_context_bytes: requestLimits.contextBytes,
      max_random_bytes: requestLimits.randomBytes,
      max_aliases_per_key: maxAliasesPerKey,
      max_batch_items: requestLimits.batchItems,
    },
  };
}

interface ServerFacts {
  readonly limits: { readonly maxPlaintextBytes: number; readonly maxMessageBytes: number };
  readonly opensslVersion: string;
  readonly storeVersion: number;
}

/** From package.json, which lies beside src/ and dist/ alike. */
function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest && typeof manifest.version === 'string')
    return manifest.version;
  throw new Error('package.json has no version.');
}
