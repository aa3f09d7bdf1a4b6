import { describe, expect, test } from 'vitest';
import { failureOf, LocalFileError, UsageError } from '../../src/cli/failure.ts';
import { failureText } from '../../src/cli/failure-text.ts';
import { LatchkeyError } from '../../src/client/latchkey-error.ts';

const address = '127.0.0.1:50051';
const approach = { address, hasCertificate: false };
const withCertificate = { address, hasCertificate: true };
const fromServer = (code: string, reason?: string): LatchkeyError => new LatchkeyError('Something.', { code, reason });

describe('failureOf', () => {
  test.each([
    [fromServer('FAILED_PRECONDITION', 'KEY_DISABLED'), 3, 'KEY_DISABLED'],
    [fromServer('UNAVAILABLE', 'KEY_UNAVAILABLE'), 3, 'KEY_UNAVAILABLE'],
    [fromServer('NOT_FOUND', 'A_REASON_OF_A_LATER_VERSION'), 3, 'A_REASON_OF_A_LATER_VERSION'],
    [fromServer('UNIMPLEMENTED'), 3, 'UNIMPLEMENTED'],
    [fromServer('RESOURCE_EXHAUSTED'), 3, 'RESOURCE_EXHAUSTED'],
    [fromServer('UNAVAILABLE'), 4, 'UNREACHABLE'],
    [fromServer('DEADLINE_EXCEEDED'), 4, 'UNREACHABLE'],
    [fromServer('CANCELLED'), 4, 'UNREACHABLE'],
    [fromServer('INTERNAL'), 1, 'INTERNAL'],
    [fromServer('DATA_LOSS'), 1, 'DATA_LOSS'],
    [new UsageError('Something.'), 2, 'USAGE'],
    [new LocalFileError('Something.', 'ENOENT'), 5, 'LOCAL_FILE'],
    [new TypeError('Something.'), 1, 'BUG'],
    ['Something.', 1, 'BUG'],
  ])('%s ends with %i, %s', (error, exitCode, reason) => {
    const failure = failureOf(error, approach);
    expect(failure).toMatchObject({ exitCode, reason });
    expect(failure.message).toContain('Something.');
  });

  test('says where no server is and how to start one', () => {
    const details = 'No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:50051. Resolution note: ';
    const failure = failureOf(new LatchkeyError(details, { code: 'UNAVAILABLE', reason: undefined }), approach);
    expect(failure.message).toBe('No server answers at 127.0.0.1:50051. (connect ECONNREFUSED 127.0.0.1:50051)');
    expect(failure.cure).toContain('script/server');
    expect(failure.cure).toContain('LATCHKEY_ADDRESS');
    expect(failure.cure).not.toContain('may have');
  });

  test.each([
    'Stream refused by server',
    'No connection established. Last error: Failed to connect (2026-11-29T21:52:11.718Z). Resolution note: ',
    'No connection established. Last error: Error: read ECONNRESET (2026-11-29T21:52:11.718Z). Resolution note: ',
    'No connection established. Last error: Client network socket disconnected before secure TLS connection was established. Resolution note: ',
  ])('says that the certificate may be why the connection was closed: %s', (details) => {
    const error = new LatchkeyError(details, { code: 'UNAVAILABLE', reason: undefined });
    const { message, cure } = failureOf(error, withCertificate);
    expect(message).toMatch(/^The server at 127\.0\.0\.1:50051 closed the connection, .* the certificate\. \([^:]/);
    expect(cure).toContain("server's log");
    expect(failureOf(error, approach).message).toContain('No server answers');
  });

  test('says that no server is there, with a certificate too', () => {
    const details = 'No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:50051. Resolution note: ';
    const error = new LatchkeyError(details, { code: 'UNAVAILABLE', reason: undefined });
    expect(failureOf(error, withCertificate)).toEqual(failureOf(error, approach));
  });

  test('asks nobody for a certificate who gave one', () => {
    const error = fromServer('UNAUTHENTICATED', 'UNAUTHENTICATED');
    expect(failureOf(error, approach).cure).toContain('--certificate');
    const { cure } = failureOf(error, withCertificate);
    expect(cure).not.toContain('--certificate');
    expect(cure).toContain('debug');
  });

  test('says what to do with a file that is no plaintext of one call', () => {
    const violations = (field: string) => ({ fieldViolations: [{ field, description: 'Something.' }] });
    const refused = (field: string) =>
      new LatchkeyError('Something.', { code: 'INVALID_ARGUMENT', reason: 'INVALID_REQUEST', ...violations(field) });
    expect(failureOf(refused('plaintext'), approach).cure).toContain('--file');
    expect(failureOf(refused('key_id'), approach).cure).toBeUndefined();
  });

  test('speaks of an encryption context only where there is one', () => {
    const refused = (message: string) =>
      failureOf(new LatchkeyError(message, { code: 'INVALID_ARGUMENT', reason: 'INVALID_CIPHERTEXT' }), approach).cure;
    expect(refused('The ciphertext does not open.')).toContain('--context');
    expect(refused('The ciphertext does not open.')).not.toContain('import');
    expect(refused('encrypted_key_material does not unwrap to 32 bytes.')).toBeUndefined();
  });

  test('says who can allow what is refused, whether or not it is about a key', () => {
    const cure = failureOf(fromServer('PERMISSION_DENIED', 'ACCESS_DENIED'), approach).cure ?? '';
    const [always, withKey] = cure.split(';');
    expect(always).toBe('An administrator can allow it: in a policy of yours or of a group of yours');
    expect(withKey).toBe(' what is done with a key, also in its policy or with a grant.');
  });

  test('says that a call whose answer was lost may have been made', () => {
    expect(failureOf(fromServer('UNAVAILABLE'), approach).cure).toContain('may have');
  });
});

describe('failureText', () => {
  const fieldViolations = [{ field: 'ciphertext_blob', description: 'it is empty' }];
  const failure = failureOf(
    new LatchkeyError('The request is wrong.', { code: 'INVALID_ARGUMENT', reason: 'INVALID_REQUEST', fieldViolations }),
    approach,
  );

  test('names reason and fields for people', () => {
    expect(failureText(failure, false)).toBe('latchkey: The request is wrong. [INVALID_REQUEST]\n  ciphertext_blob: it is empty\n');
  });

  test('is one line of JSON for programs', () => {
    expect(failureText(failure, true)).toBe(
      '{"error":{"reason":"INVALID_REQUEST","code":"INVALID_ARGUMENT","message":"The request is wrong.",' +
        '"fieldViolations":[{"field":"ciphertext_blob","description":"it is empty"}]}}\n',
    );
  });

  test('does not say a field twice', () => {
    const error = new LatchkeyError('ciphertext_blob: it is empty', {
      code: 'INVALID_ARGUMENT',
      reason: 'INVALID_REQUEST',
      fieldViolations,
    });
    expect(failureText(failureOf(error, approach), false)).toBe('latchkey: ciphertext_blob: it is empty [INVALID_REQUEST]\n');
  });

  test('adds the cure', () => {
    expect(failureText(failureOf(fromServer('FAILED_PRECONDITION', 'KEY_DISABLED'), approach), false)).toContain(
      '\n  latchkey keys enable',
    );
  });

  test('lets nobody move the cursor', () => {
    const error = new LatchkeyError('\u001b[2Jgone', { code: 'NOT_FOUND', reason: 'KEY_NOT_FOUND' });
    expect(failureText(failureOf(error, approach), false)).toContain('latchkey: \\u{1b}[2Jgone');
  });
});
