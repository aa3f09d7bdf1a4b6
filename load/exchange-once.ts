import { Client, type ServiceError } from '@grpc/grpc-js';
import { type CredentialOptions, connectionCredentials } from '../src/client/credentials.ts';
import { loadProtocol } from '../src/client/protocol.ts';
import { latchkeyError } from '../src/client/service-error.ts';
import type { ExchangeRequest } from '../src/generated/latchkey/v1/ExchangeRequest.ts';
import type { ExchangeResponse__Output } from '../src/generated/latchkey/v1/ExchangeResponse.ts';

/** Sends the requests on a stream of its own, and answers everything that came on it. Throws LatchkeyError. */
export async function exchangeOnce(
  { address, ...given }: CredentialOptions & { readonly address: string },
  requests: readonly ExchangeRequest[],
): Promise<readonly ExchangeResponse__Output[]> {
  const protocol = loadProtocol();
  const { path, requestSerialize, responseDeserialize } = protocol.crypto.Exchange;
  const { channel, options, metadata } = connectionCredentials(address, given);
  const client = new Client(address, channel, { ...options, 'grpc.enable_http_proxy': 0 });
  const { promise, resolve, reject } = Promise.withResolvers<readonly ExchangeResponse__Output[]>();
  const responses: ExchangeResponse__Output[] = [];
  const deadline = Date.now() + timeoutMs;
  const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, await metadata(), { deadline });
  stream.on('data', (response: ExchangeResponse__Output) => responses.push(response));
  stream.on('error', (error: ServiceError) => reject(latchkeyError(error, protocol)));
  stream.on('end', () => resolve(responses));
  for (const request of requests) stream.write(request);
  stream.end();
  try {
    return await promise;
  } finally {
    client.close();
  }
}

const timeoutMs = 30_000;
