import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KmsError } from '../../src/errors.ts';
import { registrar } from '../../src/control-plane/access/register-newcomer.ts';
import { type AccessWorld, administrator, openAccessWorld } from '../grpc/access-world.ts';
import { temporaryFolder } from '../keyring/open-keyring.ts';

const names = ['a', 'b', 'A'];
const step = fc.oneof(
  fc.record({ kind: fc.constant('create' as const), name: fc.constantFrom(...names) }),
  fc.record({ kind: fc.constant('delete' as const), name: fc.constantFrom(...names), of: fc.constantFrom('token', 'cert') }),
  fc.record({ kind: fc.constant('expect' as const), subject: fc.constantFrom(...names), name: fc.constantFrom(...names) }),
  fc.record({ kind: fc.constant('come' as const), subject: fc.constantFrom(...names), name: fc.constantFrom(...names) }),
);

describe('whatever is made, deleted and comes', () => {
  it('a path and a subject never mean another principal than they meant before', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const folder = await temporaryFolder();
        const world = await openAccessWorld(folder.path);
        const meant = new Map<string, string>();
        try {
          for (const one of steps) {
            await take(one, world).catch(refused);
            await remember(world, meant);
          }
        } finally {
          world.close();
          await folder.remove();
        }
      }),
      { numRuns: 40 },
    );
  });
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function take(one: Step, world: AccessWorld): Promise<unknown> {
  switch (one.kind) {
    case 'create':
      return world.call(administrator, 'CreatePrincipal', { name: one.name });
    case 'delete':
      return world.call(administrator, 'DeletePrincipal', { principal: `user/${one.of}/${one.name}` });
    case 'expect':
      return world.call(administrator, 'CreatePrincipal', {
        source: 'PRINCIPAL_SOURCE_CERTIFICATE',
        subject: `email:${one.subject}@example.org`,
        name: one.name,
      });
    case 'come':
      return registrar(world.plane)({ subject: `email:${one.subject}@example.org`, path: `user/cert/${one.name}` });
  }
}

function refused(error: unknown): void {
  if (!(error instanceof KmsError)) throw error;
}

/** Tombstones are read from the store, past the lists that do not show them. */
async function remember({ plane }: AccessWorld, meant: Map<string, string>): Promise<void> {
  const { value: rows } = await plane.store.listPrincipals({ after: undefined, limit: 1000 });
  const now = new Map(
    rows.flatMap(({ principalId, path, subject }) =>
      [path, ...(subject === null ? [] : [subject])].map((name) => [name, principalId]),
    ),
  );
  for (const [name, principalId] of meant) expect(now.get(name)).toBe(principalId);
  for (const [name, principalId] of now) meant.set(name, principalId);
}
