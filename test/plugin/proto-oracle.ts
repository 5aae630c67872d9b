import { create, createFileRegistry, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { DescMessage, Message } from '@bufbuild/protobuf';
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';

/**
 * The messages of the plugin protocol again, for the whole protobuf runtime, which our own small one is compared with.
 * A field is `name:number:type`, its type a scalar, `[]` for repeated, `{}` for a map from text (on
 * the wire a list of entries, and so here), `?` for one of a oneof.
 */
const MESSAGES: Readonly<Record<string, string>> = {
  Value: 'msgpack:1:bytes json:2:bytes',
  Step: 'attributeName:1:string? elementKeyString:2:string? elementKeyInt:3:int64?',
  Path: 'steps:1:Step[]',
  Diagnostic: 'severity:1:int64 summary:2:string detail:3:string attribute:4:Path',
  RawState: 'json:1:bytes',
  Capabilities:
    'planDestroy:1:bool getProviderSchemaOptional:2:bool moveResourceState:3:bool generateResourceConfig:4:bool',
  Obj: 'attributes:1:Attribute[] nesting:3:int64',
  Attribute:
    'name:1:string type:2:bytes description:3:string required:4:bool optional:5:bool computed:6:bool sensitive:7:bool ' +
    'descriptionKind:8:int64 deprecated:9:bool nestedType:10:Obj writeOnly:11:bool',
  Block:
    'version:1:int64 attributes:2:Attribute[] blockTypes:3:NestedBlock[] description:4:string descriptionKind:5:int64 ' +
    'deprecated:6:bool',
  NestedBlock: 'typeName:1:string block:2:Block nesting:3:int64 minItems:4:int64 maxItems:5:int64',
  Schema: 'version:1:int64 block:2:Block',
  SchemaEntry: 'key:1:string value:2:Schema',
  GetProviderSchemaResponse:
    'provider:1:Schema resources:2:Schema{} dataSources:3:Schema{} diagnostics:4:Diagnostic[] capabilities:6:Capabilities',
  UpgradeResourceStateRequest: 'typeName:1:string version:2:int64 rawState:3:RawState',
  PlanResourceChangeRequest:
    'typeName:1:string priorState:2:Value proposedNewState:3:Value config:4:Value priorPrivate:5:bytes',
  PlanResourceChangeResponse:
    'plannedState:1:Value requiresReplace:2:Path[] plannedPrivate:3:bytes diagnostics:4:Diagnostic[]',
};

interface FieldSpec {
  readonly name: string;
  readonly number: number;
  readonly type: string;
  readonly kind: '' | '[]' | '{}' | '?';
}

export function fieldsOf(message: string): readonly FieldSpec[] {
  return (MESSAGES[message] ?? '').split(' ').map((text) => {
    const [, name = '', number = '', type = '', kind = ''] = /^(\w+):(\d+):(\w+)(.*)$/.exec(text) ?? [];
    return { name, number: Number(number), type, kind: kind as FieldSpec['kind'] };
  });
}

const SCALARS: Readonly<Partial<Record<string, FieldDescriptorProto_Type>>> = {
  string: FieldDescriptorProto_Type.STRING,
  bytes: FieldDescriptorProto_Type.BYTES,
  bool: FieldDescriptorProto_Type.BOOL,
  int64: FieldDescriptorProto_Type.INT64,
};

export const isScalar = (type: string) => Object.hasOwn(SCALARS, type);

function field({ name, number, type }: Pick<FieldSpec, 'name' | 'number' | 'type'>, repeated = false) {
  return {
    name,
    number,
    label: repeated ? FieldDescriptorProto_Label.REPEATED : FieldDescriptorProto_Label.OPTIONAL,
    type: SCALARS[type] ?? FieldDescriptorProto_Type.MESSAGE,
    ...(isScalar(type) ? {} : { typeName: `.t.${type}` }),
  };
}

function messageType(message: string) {
  const specs = fieldsOf(message);
  return {
    name: message,
    oneofDecl: specs.some(({ kind }) => kind === '?') ? [{ name: 'selector' }] : [],
    field: specs.map((spec) => {
      if (spec.kind === '{}') return field({ ...spec, type: `${spec.type}Entry` }, true);
      return { ...field(spec, spec.kind === '[]'), ...(spec.kind === '?' ? { oneofIndex: 0 } : {}) };
    }),
  };
}

/** Made of the table above. */
const registry = createFileRegistry(
  create(FileDescriptorSetSchema, {
    file: [
      {
        name: 't.proto',
        package: 't',
        syntax: 'proto3',
        messageType: Object.keys(MESSAGES).map(messageType),
      },
    ],
  }),
);

function descriptor(message: string): DescMessage {
  const found = registry.getMessage(`t.${message}`);
  if (found === undefined) throw new Error(`no message ${message}`);
  return found;
}

type Plain = Readonly<Record<string, unknown>>;

/** Writes what our decoder gives with the whole runtime. */
export function oracleBytes(message: string, value: Plain): Uint8Array {
  return toBinary(descriptor(message), toOracle(message, value));
}

/** Reads with the whole runtime, and gives what our decoder should. */
export function oracleRead(message: string, bytes: Uint8Array): Plain {
  return fromOracle(message, fromBinary(descriptor(message), bytes));
}

function toOracle(message: string, value: Plain): Message {
  const init: Record<string, unknown> = {};
  const convert = (type: string, part: unknown) =>
    type === 'int64' ? BigInt(part as number) : isScalar(type) ? part : toOracle(type, part as Plain);
  for (const { name, type, kind } of fieldsOf(message)) {
    const part = value[name];
    if (part === undefined) continue;
    if (kind === '[]') init[name] = (part as unknown[]).map((each) => convert(type, each));
    else if (kind === '{}')
      init[name] = [...(part as Map<string, unknown>)].map(([key, each]) =>
        toOracle(`${type}Entry`, { key, value: each }),
      );
    else if (kind === '?') init.selector = { case: name, value: convert(type, part) };
    else init[name] = convert(type, part);
  }
  return create(descriptor(message), init);
}

function fromOracle(message: string, read: Message): Plain {
  const from = read as unknown as Record<string, unknown>;
  const selector = from.selector as { readonly case?: string; readonly value?: unknown } | undefined;
  const convert = (type: string, part: unknown) => {
    if (part === undefined) return undefined;
    return type === 'int64' ? Number(part) : isScalar(type) ? part : fromOracle(type, part as Message);
  };
  return Object.fromEntries(
    fieldsOf(message).map(({ name, type, kind }) => {
      const part = from[name];
      if (kind === '[]') return [name, (part as unknown[]).map((each) => convert(type, each))];
      if (kind === '{}')
        return [
          name,
          new Map(
            (part as Message[])
              .map((each) => fromOracle(`${type}Entry`, each))
              .map(({ key, value }) => [key, value]),
          ),
        ];
      if (kind === '?') return [name, selector?.case === name ? convert(type, selector.value) : undefined];
      return [name, convert(type, part)];
    }),
  );
}
