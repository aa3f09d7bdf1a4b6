import type { ListenerTls, TcpListener, UnixListener } from './config.ts';
import { type PathSchema, list, oneOf, section, text, whenRight } from './schemas.ts';
import { listenerTls } from './tls.ts';

/** Where calls are taken: sockets of this machine with a principal each, addresses with TLS. */
export function listeners(path: PathSchema) {
  return list(
    section({
      address: text('host:port or unix:/path', addressPattern),
      tls: listenerTls(path).optional(),
      principal: oneOf(['administrator', 'root']).optional(),
    })
      .refine(({ address, principal }) => principal === undefined || isSocket(address), {
        path: ['principal'],
        message: 'must be at a unix: address: who calls over TCP says so with a certificate or token.',
        when: whenRight(['address'], ['principal']),
      })
      .refine(({ address, tls }) => tls === undefined || !isSocket(address), {
        path: ['tls'],
        message: 'must not be at a unix: address: its connections do not leave the machine.',
        when: whenRight(['address'], ['tls']),
      })
      .transform(({ address, tls, principal = 'administrator' }): WrittenListener =>
        isSocket(address) ? { kind: 'unix', address, principal } : { kind: 'tcp', address, tls },
      ),
  );
}

/** A listener before it is known where its address and its TLS are from. */
export type WrittenListener =
  (Omit<TcpListener, 'setting' | 'tls'> & { readonly tls: ListenerTls | undefined }) | Omit<UnixListener, 'setting'>;

function isSocket(address: string): boolean {
  return address.startsWith('unix:');
}

const addressPattern = /^(unix:\/(?!\/)[^\0,]+|(\[[0-9a-fA-F:]+\]|[^\s,:/[\]]+):[0-9]{1,5})$/;
