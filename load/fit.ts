import type { Limits__Output } from '../src/generated/latchkey/v1/Limits.ts';
import { greatestReplyBytes } from './large-replies.ts';
import type { Options } from './options.ts';

/** Throws what to change when the server does not take what the options ask for. */
export function requireFit({ mode, size, items }: Pick<Options, 'mode' | 'size' | 'items'>, limits: Limits): void {
  if (size > limits.max_plaintext_bytes)
    throw new Error(`--size: the server takes plaintexts of at most ${limits.max_plaintext_bytes} bytes.`);
  if (mode === 'unary') return;
  const messageBytes = Math.min(limits.max_message_bytes, greatestReplyBytes);
  const fitting = Math.min(limits.max_batch_items, Math.floor((messageBytes - commonBytes) / (size + itemBytes)));
  if (items <= fitting) return;
  // Streams too: a batch of the same items checks them.
  throw new Error(
    `--items: ${items} of ${size} bytes are more than one message can hold; of this size the server takes ${fitting} at most.`,
  );
}

type Limits = Pick<Limits__Output, 'max_plaintext_bytes' | 'max_message_bytes' | 'max_batch_items'>;

/** At most: 74 of a ciphertext blob, its tag and length in the message, and the value that binds it to its row. */
const itemBytes = 74 + 5 + 7;
/** At most: what a message has beside its items. */
const commonBytes = 1024;
