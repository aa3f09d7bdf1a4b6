import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerNewcomer } from '../../../src/control-plane/access/register-newcomer.ts';
import { unauthenticated } from '../../../src/identity/unauthenticated.ts';
import { type AccessWorld, administrator, openAccessWorld } from '../../grpc/access-world.ts';
import { temporaryFolder } from '../../keyring/open-keyring.ts';

const db = { subject: 'dns:db.example.org', path: 'user/cert/db.example.org' };

describe('a subject that comes for the first time', () => {
  let world: AccessWorld;
  let remove: () => Promise<void>;
  beforeEach(async () => {
    const folder = await temporaryFolder();
    remove = folder.remove;
    world = await openAccessWorld(folder.path);
  });
  afterEach(async () => {
    world.close();
    await remove();
  });

  it('becomes a principal without permissions', async () => {
    await registerNewcomer(db, world.plane);
    const { principal, arn } = await world.who(db.path);
    expect(principal).toEqual({ ...db, principalId: principal.principalId, createdAt: world.clock.now(), disabled: false });
    expect(await world.call(db.path, 'GetCallerIdentity', {})).toMatchObject({ arn });
    await expect(world.call(db.path, 'ListGroups', {})).rejects.toMatchObject({ reason: 'ACCESS_DENIED' });
  });

  it('becomes one principal, however often it comes at once', async () => {
    await Promise.all(Array.from({ length: 5 }, () => registerNewcomer(db, world.plane)));
    expect((await world.call(administrator, 'ListPrincipals', {})).principals).toHaveLength(1);
  });

  it('is not let in under the name of another, nor of one who was', async () => {
    await registerNewcomer(db, world.plane);
    const other = { ...db, subject: 'uri:spiffe://example.org/db' };
    const refused = { reason: 'UNAUTHENTICATED', message: unauthenticated().message, cause: expect.any(Error) as Error };
    await expect(registerNewcomer(other, world.plane)).rejects.toMatchObject(refused);
    await world.call(administrator, 'DeletePrincipal', { principal: db.path });
    await expect(registerNewcomer(other, world.plane)).rejects.toMatchObject(refused);
  });

  it('that was deleted stays what it was', async () => {
    await registerNewcomer(db, world.plane);
    await world.call(administrator, 'DeletePrincipal', { principal: db.path });
    await registerNewcomer(db, world.plane);
    expect((await world.who(db.path)).principal).toMatchObject({ disabled: true, deletedAt: world.clock.now() });
  });

  it('keeps the name that an administrator gave it before', async () => {
    const request = { source: 'PRINCIPAL_SOURCE_CERTIFICATE', subject: db.subject, name: 'db' } as const;
    const { principal } = await world.call(administrator, 'CreatePrincipal', request);
    await registerNewcomer(db, world.plane);
    expect((await world.call(administrator, 'ListPrincipals', {})).principals).toEqual([principal]);
  });
});
