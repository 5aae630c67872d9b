import { bool, bytes, int, map, Message, nested, optional, plain, repeated, text } from './message';
import type { MessageOf, Writable } from './message';

/** The messages of Terraform's plugin protocol 6 that this server reads and writes. */

export const DYNAMIC_VALUE = new Message({ msgpack: plain(1, bytes), json: plain(2, bytes) });
export type WireValue = MessageOf<typeof DYNAMIC_VALUE>;

const STEP = new Message({
  attributeName: optional(1, text),
  elementKeyString: optional(2, text),
  elementKeyInt: optional(3, int),
});
export type WireStep = MessageOf<typeof STEP>;

const PATH = new Message({
  steps: repeated(
    1,
    nested(() => STEP),
  ),
});
export type WirePath = MessageOf<typeof PATH>;

/** 1 is an error, 2 a warning. */
const DIAGNOSTIC = new Message({
  severity: plain(1, int),
  summary: plain(2, text),
  detail: plain(3, text),
  attribute: optional(
    4,
    nested(() => PATH),
  ),
});
export type WireDiagnostic = MessageOf<typeof DIAGNOSTIC>;

/** `flatmap`, the form of Terraform before 0.12, is read past. */
const RAW_STATE = new Message({ json: plain(1, bytes) });

const CAPABILITIES = new Message({
  planDestroy: plain(1, bool),
  getProviderSchemaOptional: plain(2, bool),
  moveResourceState: plain(3, bool),
  generateResourceConfig: plain(4, bool),
});

/** Nesting: 1 single, 2 list, 3 set, 4 map. */
export interface WireObject {
  readonly attributes: readonly WireAttribute[];
  readonly nesting: number;
}

export interface WireAttribute {
  readonly name: string;
  readonly type: Uint8Array;
  readonly description: string;
  readonly required: boolean;
  readonly optional: boolean;
  readonly computed: boolean;
  readonly sensitive: boolean;
  readonly descriptionKind: number;
  readonly deprecated: boolean;
  readonly nestedType: WireObject | undefined;
  readonly writeOnly: boolean;
}

export interface WireBlock {
  readonly version: number;
  readonly attributes: readonly WireAttribute[];
  readonly blockTypes: readonly WireNestedBlock[];
  readonly description: string;
  readonly descriptionKind: number;
  readonly deprecated: boolean;
}

/** Nesting: 1 single, 2 list, 3 set, 4 map, 5 group. */
export interface WireNestedBlock {
  readonly typeName: string;
  readonly block: WireBlock | undefined;
  readonly nesting: number;
  readonly minItems: number;
  readonly maxItems: number;
}

const OBJECT = new Message<WireObject>({
  attributes: repeated(
    1,
    nested(() => ATTRIBUTE),
  ),
  nesting: plain(3, int),
});

const ATTRIBUTE: Message<WireAttribute> = new Message<WireAttribute>({
  name: plain(1, text),
  type: plain(2, bytes),
  description: plain(3, text),
  required: plain(4, bool),
  optional: plain(5, bool),
  computed: plain(6, bool),
  sensitive: plain(7, bool),
  descriptionKind: plain(8, int),
  deprecated: plain(9, bool),
  nestedType: optional(
    10,
    nested(() => OBJECT),
  ),
  writeOnly: plain(11, bool),
});

const BLOCK: Message<WireBlock> = new Message<WireBlock>({
  version: plain(1, int),
  attributes: repeated(
    2,
    nested(() => ATTRIBUTE),
  ),
  blockTypes: repeated(
    3,
    nested(() => NESTED_BLOCK),
  ),
  description: plain(4, text),
  descriptionKind: plain(5, int),
  deprecated: plain(6, bool),
});

const NESTED_BLOCK: Message<WireNestedBlock> = new Message<WireNestedBlock>({
  typeName: plain(1, text),
  block: optional(
    2,
    nested(() => BLOCK),
  ),
  nesting: plain(3, int),
  minItems: plain(4, int),
  maxItems: plain(5, int),
});

const SCHEMA = new Message({
  version: plain(1, int),
  block: optional(
    2,
    nested(() => BLOCK),
  ),
});
export type WireSchema = MessageOf<typeof SCHEMA>;

const NAMED = new Message({ typeName: plain(1, text) });

const IMPORTED = new Message({
  typeName: plain(1, text),
  state: optional(
    2,
    nested(() => DYNAMIC_VALUE),
  ),
  private: plain(3, bytes),
});

const value = (number: number) =>
  optional(
    number,
    nested(() => DYNAMIC_VALUE),
  );
const diagnostics = (number: number) =>
  repeated(
    number,
    nested(() => DIAGNOSTIC),
  );
const capabilities = (number: number) =>
  optional(
    number,
    nested(() => CAPABILITIES),
  );
const schema = nested(() => SCHEMA);

export const EMPTY = new Message({});

/** Requests and responses of `tfplugin6.Provider`, by the method's name. */
export const PROVIDER_METHODS = {
  GetMetadata: {
    request: EMPTY,
    response: new Message({
      capabilities: capabilities(1),
      diagnostics: diagnostics(2),
      dataSources: repeated(
        3,
        nested(() => NAMED),
      ),
      resources: repeated(
        4,
        nested(() => NAMED),
      ),
    }),
  },
  GetProviderSchema: {
    request: EMPTY,
    response: new Message({
      provider: optional(1, schema),
      resources: map(2, schema),
      dataSources: map(3, schema),
      diagnostics: diagnostics(4),
      capabilities: capabilities(6),
    }),
  },
  ValidateProviderConfig: {
    request: new Message({ config: value(1) }),
    response: new Message({ diagnostics: diagnostics(2) }),
  },
  ValidateResourceConfig: {
    request: new Message({ typeName: plain(1, text), config: value(2) }),
    response: new Message({ diagnostics: diagnostics(1) }),
  },
  ValidateDataResourceConfig: {
    request: new Message({ typeName: plain(1, text), config: value(2) }),
    response: new Message({ diagnostics: diagnostics(1) }),
  },
  ConfigureProvider: {
    request: new Message({ terraformVersion: plain(1, text), config: value(2) }),
    response: new Message({ diagnostics: diagnostics(1) }),
  },
  UpgradeResourceState: {
    request: new Message({
      typeName: plain(1, text),
      version: plain(2, int),
      rawState: optional(
        3,
        nested(() => RAW_STATE),
      ),
    }),
    response: new Message({ upgradedState: value(1), diagnostics: diagnostics(2) }),
  },
  ReadResource: {
    request: new Message({ typeName: plain(1, text), currentState: value(2), private: plain(3, bytes) }),
    response: new Message({ newState: value(1), diagnostics: diagnostics(2), private: plain(3, bytes) }),
  },
  PlanResourceChange: {
    request: new Message({
      typeName: plain(1, text),
      priorState: value(2),
      proposedNewState: value(3),
      config: value(4),
      priorPrivate: plain(5, bytes),
    }),
    response: new Message({
      plannedState: value(1),
      requiresReplace: repeated(
        2,
        nested(() => PATH),
      ),
      plannedPrivate: plain(3, bytes),
      diagnostics: diagnostics(4),
    }),
  },
  ApplyResourceChange: {
    request: new Message({
      typeName: plain(1, text),
      priorState: value(2),
      plannedState: value(3),
      config: value(4),
      plannedPrivate: plain(5, bytes),
    }),
    response: new Message({ newState: value(1), private: plain(2, bytes), diagnostics: diagnostics(3) }),
  },
  ImportResourceState: {
    request: new Message({ typeName: plain(1, text), id: plain(2, text) }),
    response: new Message({
      importedResources: repeated(
        1,
        nested(() => IMPORTED),
      ),
      diagnostics: diagnostics(2),
    }),
  },
  MoveResourceState: {
    request: new Message({
      sourceProviderAddress: plain(1, text),
      sourceTypeName: plain(2, text),
      sourceSchemaVersion: plain(3, int),
      sourceState: optional(
        4,
        nested(() => RAW_STATE),
      ),
      targetTypeName: plain(5, text),
      sourcePrivate: plain(6, bytes),
    }),
    response: new Message({
      targetState: value(1),
      diagnostics: diagnostics(2),
      targetPrivate: plain(3, bytes),
    }),
  },
  ReadDataSource: {
    request: new Message({ typeName: plain(1, text), config: value(2) }),
    response: new Message({ state: value(1), diagnostics: diagnostics(2) }),
  },
  // No provider here has functions, so the map (field 1) is never sent.
  GetFunctions: { request: EMPTY, response: new Message({ diagnostics: diagnostics(2) }) },
  StopProvider: { request: EMPTY, response: new Message({ error: plain(1, text) }) },
} as const;

export type ProviderMethod = keyof typeof PROVIDER_METHODS;
export type Request<M extends ProviderMethod> = MessageOf<(typeof PROVIDER_METHODS)[M]['request']>;
export type Response<M extends ProviderMethod> = MessageOf<(typeof PROVIDER_METHODS)[M]['response']>;
/** A response as a handler makes it: what it leaves out has its zero value; diagnostics are added by the caller. */
export type Answer<M extends ProviderMethod> = Writable<Omit<Response<M>, 'diagnostics'>>;
