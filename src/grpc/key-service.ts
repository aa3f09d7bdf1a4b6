import type { ControlPlane } from '../control-plane/control-plane.ts';
import type { ArnScope } from '../keys/arn.ts';
import { aliasMethods } from './alias-methods.ts';
import { deletionMethods } from './deletion-methods.ts';
import { grantMethods } from './grant-methods.ts';
import { importMethods } from './import-methods.ts';
import { keyMethods } from './key-methods.ts';
import { keyPolicyMethods } from './key-policy-methods.ts';
import type { KeyServiceMethods } from './service-methods.ts';
import { rotationMethods } from './rotation-methods.ts';
import { tagMethods } from './tag-methods.ts';

/** KeyService: each method reads its request, runs its use case and writes its response. */
export function keyServiceMethods(plane: ControlPlane, scope: ArnScope): KeyServiceMethods {
  return {
    ...keyMethods(plane, scope),
    ...rotationMethods(plane, scope),
    ...importMethods(plane, scope),
    ...deletionMethods(plane, scope),
    ...tagMethods(plane, scope),
    ...aliasMethods(plane, scope),
    ...keyPolicyMethods(plane, scope),
    ...grantMethods(plane, scope),
  };
}
