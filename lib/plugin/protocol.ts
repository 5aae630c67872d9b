import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { DescMessage, DescService, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { ServiceDefinition } from '@grpc/grpc-js';
import type { Diagnostic, Path } from './diagnostics';
import {
  Diagnostic_Severity,
  Schema_NestedBlock_NestingMode,
  Schema_StringKind,
} from './generated/tfplugin6_pb';
import type { AttributePathSchema, DiagnosticSchema, Provider, SchemaSchema } from './generated/tfplugin6_pb';
import type { Attribute, Schema } from './schema';

type Methods = (typeof Provider)['method'];
/** An RPC of `tfplugin6.Provider`, such as `readResource`. */
export type ProviderMethod = keyof Methods;
export type Request<M extends ProviderMethod> = MessageShape<Methods[M]['input']>;
/** A handler's response. Missing fields have their zero value; the caller adds the diagnostics. */
export type Response<M extends ProviderMethod> = Omit<MessageInitShape<Methods[M]['output']>, 'diagnostics'>;

/** An event of the stream `ListResource`. The caller adds the diagnostics. */
export type ListEvent = Omit<MessageInitShape<Methods['listResource']['output']>, 'diagnostic'>;

/** Converts a service descriptor to the gRPC library's form: the path and serializers of each RPC. */
export function serviceDefinition(service: DescService): ServiceDefinition {
  const methods = service.methods.map(({ name, methodKind, input, output }) => [
    name,
    {
      path: `/${service.typeName}/${name}`,
      requestStream: false,
      responseStream: methodKind === 'server_streaming',
      requestSerialize: serializer(input),
      requestDeserialize: (bytes: Buffer) => fromBinary(input, bytes),
      responseSerialize: serializer(output),
      responseDeserialize: (bytes: Buffer) => fromBinary(output, bytes),
    },
  ]);
  return Object.fromEntries(methods) as ServiceDefinition;
}

function serializer(type: DescMessage) {
  return (content: object) => Buffer.from(toBinary(type, create(type, content as Record<string, unknown>)));
}

/** Converts a schema to a protocol message. The schema version is always 0: no state needs an upgrade. */
export function schemaToProto({ description, attributes }: Schema): MessageInitShape<typeof SchemaSchema> {
  const all = Object.entries(attributes);
  const blockTypes = all.flatMap(([typeName, { options, attributes: inner }]) =>
    inner === undefined
      ? []
      : {
          typeName,
          nesting: Schema_NestedBlock_NestingMode.SINGLE,
          block: blockToProto(Object.entries(inner), options.description),
        },
  );
  const ordinary = all.filter(([, { attributes: inner }]) => inner === undefined);
  return { block: { ...blockToProto(ordinary, description), blockTypes } };
}

function blockToProto(attributes: readonly [string, Attribute][], description = '') {
  return {
    attributes: attributes.map(([name, { type, options }]) => ({
      name,
      type: Buffer.from(JSON.stringify(type)),
      description: options.description ?? '',
      descriptionKind: Schema_StringKind.MARKDOWN,
      required: options.required ?? false,
      optional: options.optional ?? false,
      computed: options.computed ?? false,
      sensitive: options.sensitive ?? false,
    })),
    description,
    descriptionKind: Schema_StringKind.MARKDOWN,
  };
}

const MAX_TEXT = 16_384;

/** @param redact replaces secrets in a text */
export function diagnosticToProto(
  { severity, summary, detail = '', path }: Diagnostic,
  redact: (text: string) => string,
): MessageInitShape<typeof DiagnosticSchema> {
  return {
    severity: severity === 'error' ? Diagnostic_Severity.ERROR : Diagnostic_Severity.WARNING,
    summary: redact(summary).slice(0, MAX_TEXT),
    detail: redact(detail).slice(0, MAX_TEXT),
    ...(path === undefined ? {} : { attribute: pathToProto(path) }),
  };
}

export function pathToProto(path: Path): MessageInitShape<typeof AttributePathSchema> {
  return {
    steps: path.map((step) =>
      typeof step === 'string'
        ? { selector: { case: 'attributeName', value: step } }
        : { selector: { case: 'elementKeyString', value: step.key } },
    ),
  };
}
