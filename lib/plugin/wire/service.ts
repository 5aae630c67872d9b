import type { Message } from './message';
import { EMPTY, PROVIDER_METHODS } from './messages';
import type { ProviderMethod } from './messages';

/** A call as gRPC needs it: its path, and how its messages become bytes. */
export interface CallDefinition {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestDeserialize: (bytes: Buffer) => unknown;
  readonly requestSerialize: (value: unknown) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => unknown;
  readonly responseSerialize: (value: unknown) => Buffer;
}

/** The calls of Terraform's provider service. */
export const PROVIDER_SERVICE = Object.fromEntries(
  Object.entries(PROVIDER_METHODS).map(([name, { request, response }]) => [
    name,
    call(`/tfplugin6.Provider/${name}`, request as Message<unknown>, response as Message<unknown>),
  ]),
) as Readonly<Record<ProviderMethod, CallDefinition>>;

/** The host asks the plugin to end. */
export const CONTROLLER_SERVICE = { Shutdown: call('/plugin.GRPCController/Shutdown', EMPTY, EMPTY) };

/** The host listens to what the plugin prints; ours prints nothing. */
export const STDIO_SERVICE = { StreamStdio: call('/plugin.GRPCStdio/StreamStdio', EMPTY, EMPTY, true) };

function call(
  path: string,
  request: Message<unknown>,
  response: Message<unknown>,
  responseStream = false,
): CallDefinition {
  return {
    path,
    requestStream: false,
    responseStream,
    requestDeserialize: (bytes) => request.decode(bytes),
    requestSerialize: (value) => Buffer.from(request.encode(value as object)),
    responseDeserialize: (bytes) => response.decode(bytes),
    responseSerialize: (value) => Buffer.from(response.encode(value as object)),
  };
}
