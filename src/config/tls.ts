import type { z } from 'zod';
import type { ListenerTls, ServerTls } from './config.ts';
import { type PathSchema, oneOf, section, whenRight } from './schemas.ts';

/** TLS of a door whose clients show no certificates. */
export function serverTls(path: PathSchema) {
  return section(serverMembers(path)).transform(toServerTls);
}

export function listenerTls(path: PathSchema) {
  return section({
    ...serverMembers(path),
    client_ca: path.optional(),
    client_certificate: oneOf(['required', 'optional']).optional(),
  })
    .refine((tls) => tls.client_certificate === undefined || tls.client_ca !== undefined, {
      path: ['client_certificate'],
      message: 'must come with client_ca, the authorities that the certificates are from.',
      when: whenRight(['client_ca'], ['client_certificate']),
    })
    .transform(({ client_ca: ca, client_certificate: certificate = 'required', ...server }): ListenerTls => ({
      ...toServerTls(server),
      clients: ca === undefined ? undefined : { ca, certificate },
    }));
}

function serverMembers(path: PathSchema) {
  return { certificate: path, key: path, min_version: oneOf(['1.2', '1.3']).default('1.3') };
}

function toServerTls({ certificate, key, min_version: minVersion }: WrittenServerTls): ServerTls {
  return { certificate, key, minVersion };
}

type WrittenServerTls = z.output<z.ZodObject<ReturnType<typeof serverMembers>>>;
