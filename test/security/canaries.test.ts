import { beforeAll, expect, it } from 'vitest';
import { loadProtocol } from '../../src/client/protocol.ts';
import { readMetrics } from '../e2e/metrics-page.ts';
import { threadNames } from '../e2e/thread-names.ts';
import { useServer } from '../e2e/using-server.ts';

/**
 * What callers send shows up in no log line and no metric: a value that occurs nowhere else goes through every field of every
 * request, found in the proto files, once in a request that is otherwise right and once together with all others. Nor does the token
 * that they call with.
 */
const under = useServer({ env: { LATCHKEY_LOG_LEVEL: 'debug' } });
const protocol = loadProtocol();
const canary = 'CANARY-7f3a9c51';

interface Field {
  readonly name: string;
  readonly type: string;
  readonly label: string;
  readonly typeName?: string;
}

/** The part of proto-loader's definitions that reflection needs. */
interface Method {
  readonly path: string;
  readonly requestSerialize: (request: object) => Buffer;
  readonly requestType: { readonly type: { readonly field: readonly Field[] } };
}

const methods = [protocol.crypto, protocol.keys, protocol.access, protocol.server].flatMap(
  (service) => Object.values(service) as unknown as Method[],
);
const withText = methods.filter((method) => fieldsOf(method).length > 0);

let right: Record<string, object>;
beforeAll(async () => {
  const key_id = await under.newKey();
  const { ciphertext_blob } = await under.latchkey.crypto.encrypt({ key_id, plaintext: Buffer.from('x') });
  right = {
    key_id,
    plaintext: Buffer.from('x'),
    ciphertext_blob,
    plaintexts: [Buffer.from('x')],
    ciphertext_blobs: [ciphertext_blob],
    count: 1,
    destination_key_id: key_id,
    target_key_id: key_id,
    alias_name: 'alias/right',
    number_of_bytes: 32,
    principal: 'user/right',
    group_name: 'right',
    policy_name: 'key-user',
    ready_policy_name: 'key-user',
  } as never;
  await under.latchkey.access.createPrincipal({ name: 'right' });
  await under.latchkey.access.createGroup({ group_name: 'right' });
  await under.latchkey.keys.createAlias({ alias_name: 'alias/right', target_key_id: key_id });
});

it('finds the fields of the calls', () => {
  expect(methods.length).toBe(77);
  const names = new Set(withText.flatMap((method) => fieldsOf(method).map(({ name }) => name)));
  expect(names).toContain('encryption_context');
  expect(names).toContain('client_token');
  expect(names.size).toBeGreaterThan(12);
});

it('shows a canary of a request in no log line and no metric', async () => {
  for (const method of withText) {
    const requests = [...fieldsOf(method).map((field) => [field]), fieldsOf(method)];
    for (const fields of requests) {
      await send(method, Object.fromEntries(fields.map((field) => [field.name, canaryFor(field)])));
    }
  }
  const { text } = await readMetrics(under.server.metricsAddress);
  const log = under.server.log.join('\n');
  for (const form of [
    canary,
    Buffer.from(canary).toString('base64').slice(0, -4),
    Buffer.from(canary).toString('hex'),
    canary.slice('CANARY-'.length),
    under.server.token,
    under.server.token.split('_').at(-1),
  ]) {
    expect(log).not.toContain(form);
    expect(text).not.toContain(form);
  }
  expect(log).not.toContain('call failed');
  // The canaries did go through: they were encrypted, described and listed, in batches on threads too.
  expect(threadNames(under.server.process.pid)).toContain('latchkey-batch');
  const { keys } = await under.latchkey.keys.listKeys({ page_size: 1000 });
  expect(keys.map(({ description }) => description)).toContain(canary);
});

/** A request with the canaries, filled up with what makes it right. */
async function send({ path, requestSerialize, requestType }: Method, canaries: Record<string, unknown>): Promise<void> {
  const known = Object.entries(right).filter(([name]) => requestType.type.field.some((field) => field.name === name));
  const request = requestSerialize({ ...Object.fromEntries(known), ...canaries });
  await under.raw.call(path.replace('/latchkey.v1.', ''), request, { timeoutMs: 10_000 });
}

/** Fields that can carry bytes of the caller's choice. */
function fieldsOf({ requestType }: Method): readonly Field[] {
  return requestType.type.field.filter(
    ({ type, label }) => type === 'TYPE_STRING' || type === 'TYPE_BYTES' || (label === 'LABEL_REPEATED' && type !== 'TYPE_ENUM'),
  );
}

function canaryFor({ name, type, label, typeName }: Field): unknown {
  if (typeName?.endsWith('Tag') === true) return [{ tag_key: canary, tag_value: canary }];
  // So many items that a thread of the addon works on them.
  if (name.endsWith('item_context_values')) return Array.from({ length: 200 }, () => canary);
  if (label === 'LABEL_REPEATED' && type === 'TYPE_STRING') return [canary];
  if (label === 'LABEL_REPEATED' && type === 'TYPE_BYTES') {
    return Array.from({ length: 200 }, () => Buffer.from(canary.padEnd(75, '.')));
  }
  if (label === 'LABEL_REPEATED') return { [canary]: canary };
  if (type === 'TYPE_BYTES') return Buffer.from(canary.padEnd(75, '.'));
  return name === 'alias_name' ? `alias/${canary}` : canary;
}
