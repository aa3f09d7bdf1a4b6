import { cancelKeyDeletion } from '../control-plane/cancel-key-deletion.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { scheduleKeyDeletion } from '../control-plane/schedule-key-deletion.ts';
import { setDeletionProtection } from '../control-plane/set-deletion-protection.ts';
import { type ArnScope, keyArn } from '../keys/arn.ts';
import { deletionWindow } from '../keys/deletion.ts';
import { parseManagedKey } from '../keys/key-reference.ts';
import type { KeyServiceMethods } from './service-methods.ts';
import { timestamp } from './messages.ts';
import { parseDays } from './requests.ts';

export function deletionMethods(plane: ControlPlane, scope: ArnScope) {
  const managed = (text: string) => parseManagedKey(text, 'key_id', scope);
  return {
    ScheduleKeyDeletion: async ({ key_id, pending_window_in_days }, { permission }) => {
      const reference = managed(key_id);
      const windowDays = parseDays(pending_window_in_days, 'pending_window_in_days', deletionWindow);
      const values = { 'kms:ScheduleKeyDeletionPendingWindowInDays': String(windowDays) };
      const { keyId } = await permission.managedKey('kms:ScheduleKeyDeletion', reference, { values });
      const date = await scheduleKeyDeletion({ keyId, windowDays }, plane);
      return {
        key_arn: keyArn(scope, keyId),
        deletion_date: timestamp(date),
        key_state: 'KEY_STATE_PENDING_DELETION',
        pending_window_in_days: windowDays,
      };
    },
    CancelKeyDeletion: async ({ key_id }, { permission }) => {
      const { keyId } = await permission.managedKey('kms:CancelKeyDeletion', managed(key_id));
      await cancelKeyDeletion(keyId, plane);
      return { key_arn: keyArn(scope, keyId) };
    },
    SetDeletionProtection: async ({ key_id, deletion_protection }, { permission }) => {
      const { keyId } = await permission.managedKey('kms:SetDeletionProtection', managed(key_id));
      await setDeletionProtection({ keyId, deletionProtected: deletion_protection }, plane);
      return {};
    },
  } satisfies Partial<KeyServiceMethods>;
}
