import type { Attribute, Attributes, ObjectSchema, Schema } from './schema';
import type { WireAttribute, WireBlock, WireNestedBlock, WireSchema } from './wire/messages';

const NESTING = { single: 1, list: 2, set: 3, map: 4 } as const;
const MARKDOWN = 1;
const encoder = new TextEncoder();

/** A schema as the protocol describes it to Terraform. */
export function schemaToWire(schema: Schema): WireSchema {
  return { version: schema.version, block: blockToWire(schema) };
}

function blockToWire(schema: ObjectSchema): WireBlock {
  return {
    version: 0,
    attributes: attributesToWire(schema.attributes),
    blockTypes: Object.entries(schema.blocks).map(
      ([typeName, { nesting, schema: inner }]): WireNestedBlock => ({
        typeName,
        block: blockToWire(inner),
        nesting: NESTING[nesting],
        minItems: 0,
        maxItems: 0,
      }),
    ),
    description: schema.description,
    descriptionKind: MARKDOWN,
    deprecated: schema.deprecated,
  };
}

function attributesToWire(attributes: Attributes): readonly WireAttribute[] {
  return Object.entries(attributes).map(([name, attribute]) => attributeToWire(name, attribute));
}

function attributeToWire(name: string, { type, options, nested }: Attribute): WireAttribute {
  return {
    name,
    type: nested === undefined ? encoder.encode(JSON.stringify(type)) : new Uint8Array(),
    nestedType:
      nested === undefined
        ? undefined
        : { attributes: attributesToWire(nested.attributes), nesting: NESTING[nested.nesting] },
    description: options.description ?? '',
    descriptionKind: MARKDOWN,
    required: options.required ?? false,
    optional: options.optional ?? false,
    computed: options.computed ?? false,
    sensitive: options.sensitive ?? false,
    writeOnly: options.writeOnly ?? false,
    deprecated: options.deprecated ?? false,
  };
}
