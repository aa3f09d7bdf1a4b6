/** What is wrong between this command line and a server that is there. */
export interface TlsTrouble {
  readonly pattern: RegExp;
  readonly message: (address: string) => string;
  /** In terms of the command line. */
  readonly cure: string;
}

/** What a failed attempt to connect comes from, by the words of Node and OpenSSL; undefined when it is not about TLS. */
export function tlsTrouble(lastError: string): TlsTrouble | undefined {
  return troubles.find(({ pattern }) => pattern.test(lastError));
}

/** Alerts of the server before what is found out here: both speak of certificates. */
const troubles: readonly TlsTrouble[] = [
  {
    pattern:
      /alert (?:certificate required|unknown ca|bad certificate|certificate unknown|certificate expired|certificate revoked)/,
    message: (address) => `The server at ${address} wants a client certificate that it knows.`,
    cure: 'Give one with --certificate and --certificate-key, or LATCHKEY_CERTIFICATE and LATCHKEY_KEY.',
  },
  {
    pattern: /certificate|altnames/i,
    message: (address) => `The certificate of the server at ${address} is not trusted.`,
    cure: 'Name its authority with --ca or LATCHKEY_CA, and the server by a name that its certificate has.',
  },
  {
    pattern: /wrong version number|packet length too long|http request/,
    message: (address) => `What answers at ${address} does not speak TLS.`,
    cure: 'Leave out --ca, --certificate, LATCHKEY_CA and LATCHKEY_CERTIFICATE if the server is in the clear, or name another with --address.',
  },
];
