import { afterEach, beforeEach } from 'vitest';
import { temporaryFolder } from '../keyring/open-keyring.ts';
import { type AccessWorld, type Calls, administrator, openAccessWorld } from './access-world.ts';

/** A world for each test, and calls in it as its built-in administrator. */
export function usingAccessWorld() {
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
  return {
    world: () => world,
    call: <Name extends keyof Calls>(name: Name, request: Calls[Name]['request']) => world.call(administrator, name, request),
    callAs: <Name extends keyof Calls>(path: string, name: Name, request: Calls[Name]['request']) =>
      world.call(path, name, request),
    /** A principal with access tokens that may do what the statements say, and its path. */
    principal: async (name: string, ...statements: readonly object[]) => {
      await world.call(administrator, 'CreatePrincipal', { name });
      const path = `user/token/${name}`;
      if (statements.length === 0) return path;
      const policy = JSON.stringify({ Version: '2012-10-17', Statement: statements });
      await world.call(administrator, 'PutPrincipalPolicy', { principal: path, policy_name: 'own', policy });
      return path;
    },
  };
}

/** The id of a new access token. */
export function idOf({ token }: { readonly token: { readonly token_id: string } | null }): string {
  return token?.token_id ?? 'none';
}

export function allow(action: string | readonly string[], resource: string | readonly string[] = '*', more: object = {}): object {
  return { Effect: 'Allow', Action: action, Resource: resource, ...more };
}
