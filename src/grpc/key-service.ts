import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import type { ArnScope } from '../keys/arn.ts';
import { aliasMethods } from './alias-methods.ts';
import { deletionMethods } from './deletion-methods.ts';
import { importMethods } from './import-methods.ts';
import { keyMethods } from './key-methods.ts';
import type { KeyServiceMethods } from './key-service-methods.ts';
import { rotationMethods } from './rotation-methods.ts';
import { tagMethods } from './tag-methods.ts';
import { type Answering, unaryHandler } from './unary.ts';

/** KeyService: each method reads its request, runs its use case and writes its response. */
export function keyHandlers(plane: ControlPlane, scope: ArnScope, answering: Answering): UntypedServiceImplementation {
  const methods: KeyServiceMethods = {
    ...keyMethods(plane, scope),
    ...rotationMethods(plane, scope),
    ...importMethods(plane, scope),
    ...deletionMethods(plane, scope),
    ...tagMethods(plane, scope),
    ...aliasMethods(plane, scope),
  };
  const handler = (name: string, method: (request: never) => Promise<object>) => unaryHandler(name, method, answering);
  return Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, handler(name, method)]));
}
