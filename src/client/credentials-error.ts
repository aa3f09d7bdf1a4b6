/** A file with a token or certificate cannot be read, does not hold one, or is not safe to use. Nothing was sent. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
  /** The system's, such as `ENOENT`; `EPERM` for what is not safe, `EBADMSG` for what holds something else. */
  readonly code: string;

  constructor(message: string, code: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
