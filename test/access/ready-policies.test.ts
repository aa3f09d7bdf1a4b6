import { describe, expect, it } from 'vitest';
import { type ActionName, actions, actionsMatching } from '../../src/access/actions.ts';
import { grantOperationOf } from '../../src/access/grant.ts';
import { readyPolicy } from '../../src/access/ready-policies.ts';
import { isReadyPolicyName, readyPolicyNames } from '../../src/access/ready-policy-name.ts';
import { accepted, warningsOf } from './example-policy.ts';

describe('a ready policy', () => {
  it.each(readyPolicyNames)('%s is a policy without a warning, described, with its name as Sid', (name) => {
    const policy = readyPolicy(name);
    expect(policy.name).toBe(name);
    expect(policy.description).not.toBe('');
    expect(policy.document).toEqual(accepted(policy.text, 'identity'));
    expect(policy.document.statements[0]?.sid).toBe(name);
    expect(warningsOf(policy.text, 'identity')).toEqual([]);
  });

  it('has a name of a closed list', () => {
    expect(['auditor', 'Auditor', 'constructor', '__proto__', ''].map(isReadyPolicyName)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it('of administrators allows everything', () => {
    expect(allowedBy('administrator')).toEqual(Object.keys(actions));
  });

  it('of key administrators uses no key and manages no principals', () => {
    const allowed = allowedBy('key-administrator');
    const grantable = allowed.filter((name) => grantOperationOf(name) !== undefined);
    expect(grantable).toEqual(['kms:DescribeKey']);
    expect(allowed.filter((name) => name.startsWith('latchkey:'))).toEqual(['latchkey:GetServerInfo']);
    expect(allowed).not.toContain('kms:BypassPolicyLockoutSafetyCheck');
  });

  it('of key users, of those who encrypt and of those who decrypt changes nothing', () => {
    const uses = ['key-user', 'encrypt-only', 'decrypt-only'] as const;
    const others = uses
      .flatMap(allowedBy)
      .filter((name) => !/:(?:Encrypt|Decrypt|Generate|ReEncrypt|Describe|List|Get)/.test(name));
    expect(others).toEqual([]);
    expect(allowedBy('encrypt-only')).not.toContain('kms:Decrypt');
    expect(allowedBy('encrypt-only')).not.toContain('kms:ReEncryptFrom');
    expect(allowedBy('decrypt-only').filter((name) => /Encrypt|Generate/.test(name))).toEqual([]);
  });

  it('of auditors reads everything, and only reads', () => {
    const reading = Object.keys(actions).filter((name) => /:(?:Describe|List|Get|Explain)/.test(name));
    expect(allowedBy('auditor')).toEqual(reading.filter((name) => name !== 'kms:GetParametersForImport'));
  });
});

function allowedBy(name: Parameters<typeof readyPolicy>[0]): ActionName[] {
  const patterns = readyPolicy(name).document.statements.flatMap(({ action }) => action.patterns);
  return [...new Set(patterns.flatMap(actionsMatching))].toSorted();
}
