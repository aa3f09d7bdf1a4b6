import { cancelKeyDeletion } from '../control-plane/cancel-key-deletion.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { scheduleKeyDeletion } from '../control-plane/schedule-key-deletion.ts';
import { setDeletionProtection } from '../control-plane/set-deletion-protection.ts';
import { type ArnScope, keyArn } from '../keys/arn.ts';
import { deletionWindow } from '../keys/deletion.ts';
import { parseManagedKeyId } from '../keys/key-reference.ts';
import type { KeyServiceMethods } from './key-service-methods.ts';
import { timestamp } from './messages.ts';
import { parseDays } from './requests.ts';

export function deletionMethods(plane: ControlPlane, scope: ArnScope) {
  const managed = (text: string) => parseManagedKeyId(text, 'key_id', scope);
  return {
    ScheduleKeyDeletion: async ({ key_id, pending_window_in_days }) => {
      const keyId = managed(key_id);
      const windowDays = parseDays(pending_window_in_days, 'pending_window_in_days', deletionWindow);
      const date = await scheduleKeyDeletion({ keyId, windowDays }, plane);
      return {
        key_arn: keyArn(scope, keyId),
        deletion_date: timestamp(date),
        key_state: 'KEY_STATE_PENDING_DELETION',
        pending_window_in_days: windowDays,
      };
    },
    CancelKeyDeletion: async ({ key_id }) => {
      const keyId = managed(key_id);
      await cancelKeyDeletion(keyId, plane);
      return { key_arn: keyArn(scope, keyId) };
    },
    SetDeletionProtection: async ({ key_id, deletion_protection }) => {
      await setDeletionProtection({ keyId: managed(key_id), deletionProtected: deletion_protection }, plane);
      return {};
    },
  } satisfies Partial<KeyServiceMethods>;
}
