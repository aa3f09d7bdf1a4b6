import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registrar } from '../../../src/control-plane/access/register-newcomer.ts';
import { unauthenticated } from '../../../src/identity/unauthenticated.ts';
import { type AccessWorld, administrator, openAccessWorld } from '../../grpc/access-world.ts';
import { temporaryFolder } from '../../keyring/open-keyring.ts';

const db = { subject: 'dns:db.example.org', path: 'user/cert/db.example.org' };

describe('a subject that comes for the first time', () => {
  let world: AccessWorld;
  let remove: () => Promise<void>;
  let register: ReturnType<typeof registrar>;
  beforeEach(async () => {
    const folder = await temporaryFolder();
    remove = folder.remove;
    world = await openAccessWorld(folder.path);
    register = registrar(world.plane);
  });
  afterEach(async () => {
    world.close();
    await remove();
  });

  it('becomes a principal without permissions', async () => {
    await register(db);
    const { principal, arn } = await world.who(db.path);
    expect(principal).toEqual({ ...db, principalId: principal.principalId, createdAt: world.clock.now(), disabled: false });
    expect(await world.call(db.path, 'GetCallerIdentity', {})).toMatchObject({ arn });
    await expect(world.call(db.path, 'ListGroups', {})).rejects.toMatchObject({ reason: 'ACCESS_DENIED' });
  });

  it('becomes one principal, however often it comes at once', async () => {
    await Promise.all(Array.from({ length: 5 }, () => register(db)));
    expect((await world.call(administrator, 'ListPrincipals', {})).principals).toHaveLength(1);
  });

  it('is not let in under the name of another, nor of one who was', async () => {
    await register(db);
    const other = { ...db, subject: 'uri:spiffe://example.org/db' };
    const refused = { reason: 'UNAUTHENTICATED', message: unauthenticated().message, cause: expect.any(Error) as Error };
    await expect(register(other)).rejects.toMatchObject(refused);
    await world.call(administrator, 'DeletePrincipal', { principal: db.path });
    await expect(register(other)).rejects.toMatchObject(refused);
  });

  it('that was deleted stays what it was', async () => {
    await register(db);
    await world.call(administrator, 'DeletePrincipal', { principal: db.path });
    await register(db);
    expect((await world.who(db.path)).principal).toMatchObject({ disabled: true, deletedAt: world.clock.now() });
  });

  it('keeps the name that an administrator gave it before', async () => {
    const request = { source: 'PRINCIPAL_SOURCE_CERTIFICATE', subject: db.subject, name: 'db' } as const;
    const { principal } = await world.call(administrator, 'CreatePrincipal', request);
    await register(db);
    expect((await world.call(administrator, 'ListPrincipals', {})).principals).toEqual([principal]);
  });

  it('waits where very many come from one source, but not for those of another, nor for those that are refused', async () => {
    const hasComeOnce = Array.from({ length: 256 }, (_, index) => newcomerOf('github', index));
    for (const newcomer of hasComeOnce) await register(newcomer);
    const next = newcomerOf('github', 256);
    const throttled = { reason: 'THROTTLED', retryAfterMs: 10_000 };
    await expect(register(next)).rejects.toMatchObject(throttled);
    await expect(register({ ...next, path: newcomerOf('github', 0).path })).rejects.toMatchObject({ reason: 'UNAUTHENTICATED' });
    await register(newcomerOf('github', 0));
    await register(newcomerOf('corp', 0));
    await register(db);

    world.clock.advance(10_000);
    await register(next);
    await expect(register(newcomerOf('github', 257))).rejects.toMatchObject(throttled);
    await world.call(administrator, 'CreatePrincipal', { source: 'PRINCIPAL_SOURCE_CERTIFICATE', subject: 'dns:made.example.org' });
    await register({ subject: 'dns:made.example.org', path: 'user/cert/made.example.org' });
  });

  it('that is refused leaves room for those who are not', async () => {
    await register(db);
    const clashing = { ...db, subject: 'email:db@example.org' };
    for (let time = 0; time < 300; time++) await expect(register(clashing)).rejects.toMatchObject({ reason: 'UNAUTHENTICATED' });
    await register({ subject: 'dns:web.example.org', path: 'user/cert/web.example.org' });
  });
});

function newcomerOf(issuer: string, index: number) {
  return { subject: `oidc:${issuer} ${index}`, path: `user/oidc/${issuer}/${index}` };
}
