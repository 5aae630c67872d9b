import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import type { MethodDefinition, ServiceError } from '@grpc/grpc-js';
import { createIdentity } from '../../lib/plugin/certificate';
import type { Identity } from '../../lib/plugin/certificate';
import { decodeValue, encodeValue } from '../../lib/plugin/codec';
import { GRPCController } from '../../lib/plugin/generated/goplugin_pb';
import { Provider } from '../../lib/plugin/generated/tfplugin6_pb';
import { serviceDefinition } from '../../lib/plugin/protocol';
import type { ProviderMethod } from '../../lib/plugin/protocol';
import type { Type, Value } from '../../lib/plugin/values';

export const COOKIE = {
  TF_PLUGIN_MAGIC_COOKIE: 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2',
};

export interface RpcResponse {
  readonly diagnostics?: readonly {
    readonly severity: number;
    readonly summary: string;
    readonly detail: string;
    readonly attribute?: { readonly steps: readonly { readonly selector: { readonly value?: unknown } }[] };
  }[];
  readonly [name: string]: unknown;
}

type RpcDefinition = MethodDefinition<object, unknown>;

/** A minimal Terraform: starts a provider, completes the handshake, and calls it over gRPC with mutual TLS. */
export class Host {
  public log = '';
  public readonly exited: Promise<number | string>;
  private client: Client | undefined;

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    this.exited = new Promise((resolve) =>
      child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown')),
    );
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.log += text));
  }

  public static async start(
    file: string,
    env: Readonly<Record<string, string>> = {},
    node = process.execPath,
  ): Promise<Host> {
    const identity = createIdentity();
    const { PATH, TMPDIR } = process.env;
    const child = spawn(node, [file], {
      env: { PATH, TMPDIR, ...COOKIE, PLUGIN_CLIENT_CERT: identity.certificatePem, ...env },
    });
    const host = new Host(child);
    const line = await new Promise<string>((resolve, reject) => {
      child.stdout.setEncoding('utf8').once('data', resolve);
      child.once('close', () => reject(new Error(`the provider exited: ${host.log}`)));
    });
    host.handshake = line.trimEnd().split('|');
    host.client = host.connect(identity);
    return host;
  }

  /** The fields of the handshake line. */
  public handshake: readonly string[] = [];

  public get pid(): number {
    return this.child.pid ?? -1;
  }

  /** Connects with the certificate of `identity`, or without one. */
  public connect(identity?: Identity): Client {
    const der = Buffer.from(this.handshake[5] ?? '', 'base64');
    const server = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
    const own =
      identity === undefined
        ? []
        : [Buffer.from(identity.privateKeyPem), Buffer.from(identity.certificatePem)];
    return new Client(`unix:${this.handshake[3] ?? ''}`, credentials.createSsl(Buffer.from(server), ...own), {
      'grpc.ssl_target_name_override': 'localhost',
    });
  }

  public call(name: Capitalize<ProviderMethod>, request: object = {}): Promise<RpcResponse> {
    return this.send(providerCall(name), request);
  }

  public shutdown(): Promise<RpcResponse> {
    return this.send(definitionIn(GRPCController, 'Shutdown'), {});
  }

  /** Sends raw bytes as a request. */
  public raw(name: Capitalize<ProviderMethod>, bytes: Buffer): Promise<RpcResponse> {
    return this.send({ ...providerCall(name), requestSerialize: () => bytes }, {});
  }

  public send(definition: RpcDefinition, request: object, client = this.client): Promise<RpcResponse> {
    return new Promise((resolve, reject) => {
      if (client === undefined) throw new Error('not connected');
      client.makeUnaryRequest(
        definition.path,
        definition.requestSerialize,
        definition.responseDeserialize,
        request,
        new Metadata(),
        { deadline: Date.now() + 20_000 },
        (error: ServiceError | null, response: unknown) =>
          error === null ? resolve(response as RpcResponse) : reject(error),
      );
    });
  }

  /** Collects the events of a streaming RPC. Cancels it after `max` of them. */
  public stream(name: Capitalize<ProviderMethod>, request: object, max = Infinity): Promise<RpcResponse[]> {
    const { path, requestSerialize, responseDeserialize } = providerCall(name);
    const events: RpcResponse[] = [];
    return new Promise((resolve, reject) => {
      if (this.client === undefined) throw new Error('not connected');
      const options = { deadline: Date.now() + 20_000 };
      this.client
        .makeServerStreamRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          new Metadata(),
          options,
        )
        .on('data', function (this: { cancel: () => void }, event: RpcResponse) {
          if (events.length < max) events.push(event);
          if (events.length === max) this.cancel();
        })
        .on('error', (error: Error) => (events.length === max ? resolve(events) : reject(error)))
        .on('end', () => resolve(events));
    });
  }

  public async close(): Promise<void> {
    this.client?.close();
    this.child.kill('SIGKILL');
    await this.exited;
    const socket = this.handshake[3];
    if (socket !== undefined) rmSync(dirname(socket), { recursive: true, force: true });
  }
}

/** The definition of a provider RPC. */
export function providerCall(name: Capitalize<ProviderMethod>): RpcDefinition {
  return definitionIn(Provider, name);
}

function definitionIn(service: Parameters<typeof serviceDefinition>[0], name: string): RpcDefinition {
  const definition = serviceDefinition(service)[name];
  if (definition === undefined) throw new Error(`no RPC ${name}`);
  return definition as RpcDefinition;
}

export function packed(value: Value): { msgpack: Uint8Array } {
  return { msgpack: encodeValue(value) };
}

export function unpacked(type: Type, wire: unknown): Value {
  return decodeValue(type, (wire as { msgpack: Uint8Array }).msgpack);
}
