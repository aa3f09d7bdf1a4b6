import type { MethodDefinition, ServiceDefinition } from '@grpc/proto-loader';
import type { Clock } from '../clock.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { requestLimits } from '../crypto/native-views.ts';
import type { DataPlane } from '../data-plane/data-plane.ts';
import type { GetServerInfoResponse } from '../generated/latchkey/v1/GetServerInfoResponse.ts';
import type { DenyList } from '../identity/deny-list.ts';
import type { SubjectRules } from '../identity/expected-subject.ts';
import type { PrincipalSnapshot } from '../keyring/directory.ts';
import type { ArnScope } from '../keys/arn.ts';
import type { Caller } from '../pipeline.ts';
import { accessServiceMethods } from './access-service.ts';
import type { Answering } from './answering.ts';
import { cryptoMethods, runOperation } from './crypto-service.ts';
import type { DirectMethod } from './direct-call.ts';
import { directUnary } from './direct-unary.ts';
import { type ExchangeRegister, exchange } from './exchange.ts';
import { keyServiceMethods } from './key-service.ts';
import { onMessages } from './on-messages.ts';
import type { Protocol } from './protocol.ts';
import { rpcStatusEncoder } from './status.ts';

/** What the methods work with. */
export interface ServiceParts {
  readonly protocol: Protocol;
  readonly dataPlane: DataPlane;
  readonly controlPlane: ControlPlane;
  readonly scope: ArnScope;
  /** Principals that are in no store. */
  readonly builtIn: readonly PrincipalSnapshot[];
  readonly subjects: SubjectRules;
  readonly denyList: () => DenyList;
  readonly info: GetServerInfoResponse;
  readonly clock: Pick<Clock, 'now'>;
  readonly limits: { readonly maxPlaintextBytes: number; readonly maxMessageBytes: number };
}

/** All methods of the service, by their paths. */
export function directMethods(
  parts: ServiceParts,
  answering: Answering,
  exchanges: ExchangeRegister,
): ReadonlyMap<string, DirectMethod> {
  const { protocol, controlPlane, scope, builtIn, subjects, denyList, info } = parts;
  const access = { plane: controlPlane, directory: controlPlane.keyring.directory, scope, builtIn, subjects, denyList };
  const served = (service: string, methods: MessageMethods): Methods =>
    messageMethods(protocol.service(service), methods, answering);
  const services = [
    [cryptoService, cryptoServiceMethods(parts, answering, exchanges)],
    [keyService, served(keyService, keyServiceMethods(controlPlane, scope))],
    [accessService, served(accessService, accessServiceMethods(access))],
    [serverService, served(serverService, serverMethods(info))],
  ] as const;
  return new Map(
    services.flatMap(([service, methods]) => [...methods].map(([name, method]) => [`/${service}/${name}`, method] as const)),
  );
}

function serverMethods(info: GetServerInfoResponse) {
  return {
    GetServerInfo: (_: object, { permission }: Caller) => {
      permission.onAccount('latchkey:GetServerInfo');
      return info;
    },
  };
}

function cryptoServiceMethods(
  { protocol, dataPlane, clock, limits }: ServiceParts,
  answering: Answering,
  exchanges: ExchangeRegister,
): Methods {
  const run = runOperation(dataPlane);
  const stream = exchange({
    answering,
    run,
    parse: (message) => dataPlane.calls.parseExchange(message),
    now: () => clock.now(),
    limits: { ...limits, maxBatchItems: requestLimits.batchItems },
    encodeRpcStatus: rpcStatusEncoder(protocol),
    open: exchanges,
  });
  return new Map([...cryptoMethods(run, answering), ['Exchange', stream]]);
}

/** The methods of a service that work on messages. */
function messageMethods(service: ServiceDefinition, methods: MessageMethods, answering: Answering): Methods {
  return new Map(
    Object.entries(service).map(([name, definition]: [string, MethodDefinition<object, object>]) => {
      const work = methods[name];
      if (work === undefined) throw new Error(`${name} has no method.`);
      return [name, directUnary(name, onMessages(definition, work), answering)];
    }),
  );
}

/** By name. */
type Methods = ReadonlyMap<string, DirectMethod>;
type MessageMethods = Readonly<Record<string, (request: never, caller: Caller) => object | Promise<object>>>;

/** Full names of the services, as paths of calls begin with them. */
export const cryptoService = 'latchkey.v1.CryptoService';
export const keyService = 'latchkey.v1.KeyService';
export const accessService = 'latchkey.v1.AccessService';
export const serverService = 'latchkey.v1.ServerService';
export const serviceNames = [cryptoService, keyService, accessService, serverService] as const;
