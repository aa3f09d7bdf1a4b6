import { expect, it } from 'vitest';
import { newExternalKey } from './importing.ts';
import { refusal } from './refusal.ts';
import { useServer } from './using-server.ts';

const under = useServer();

it('refuses pairs for imports when too many are being made, and goes on encrypting meanwhile', async () => {
  const { keys, crypto } = under.latchkey;
  const [key_id, imported] = [await under.newKey(), await newExternalKey(under.latchkey)];
  await crypto.encrypt({ key_id, plaintext: Buffer.of(1) });
  const asked = Array.from({ length: 60 }, async () =>
    refusal(
      keys.getParametersForImport(
        {
          key_id: imported,
          wrapping_algorithm: 'ALGORITHM_SPEC_RSAES_OAEP_SHA_256',
          wrapping_key_spec: 'WRAPPING_KEY_SPEC_RSA_4096',
        },
        { timeoutMs: 30_000 },
      ),
    ).then(
      ({ reason, code }) => `${reason ?? ''} ${code}`,
      () => 'made',
    ),
  );
  const first = await Promise.race(asked.slice(-20));
  expect(first).toBe('LIMIT_EXCEEDED RESOURCE_EXHAUSTED');
  // Pairs are still being made; the key table is not held up by that.
  const begun = performance.now();
  for (let call = 0; call < 50; call++) await crypto.encrypt({ key_id, plaintext: Buffer.of(1) });
  expect(performance.now() - begun).toBeLessThan(5000);
  const refused = (await Promise.all(asked)).filter((answer) => answer === 'LIMIT_EXCEEDED RESOURCE_EXHAUSTED');
  expect(refused.length).toBeGreaterThanOrEqual(30);
});
