import { connect } from 'latchkey/client';

const latchkey = connect({ address: process.env.LATCHKEY_ADDRESS ?? '127.0.0.1:50051' });
const { key_metadata: key } = await latchkey.keys.createKey({ description: 'Payments' });
const bound = { key_id: key.key_id, encryption_context: { tenant: 'acme' } };
const { ciphertext_blob } = await latchkey.crypto.encrypt({ ...bound, plaintext: Buffer.from('attack at dawn\n') });
const { plaintext } = await latchkey.crypto.decrypt({ ...bound, ciphertext_blob });
process.stdout.write(plaintext);
latchkey.close();
