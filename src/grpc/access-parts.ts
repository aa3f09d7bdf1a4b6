import type { ControlPlane } from '../control-plane/control-plane.ts';
import type { DenyList } from '../identity/deny-list.ts';
import type { SubjectRules } from '../identity/expected-subject.ts';
import type { PrincipalPlaces } from '../permission/principal-at-stake.ts';

/** What the methods of AccessService work with. */
export interface AccessParts extends PrincipalPlaces {
  readonly plane: ControlPlane;
  readonly subjects: SubjectRules;
  readonly denyList: () => DenyList;
}
