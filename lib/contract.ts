/**
 * The names on which the constructs (synth time) and the runtime (handler, command line, provider) must agree.
 * Both sides import this file, so that a mismatch is a compile error instead of a failed deploy.
 */

/** Environment variables that carry values to the handler. */
export const ENV = {
  nicId: 'ZEC_NIC_ID',
  instanceId: 'ZEC_INSTANCE_ID',
  timeout: 'ZEC_TIMEOUT',
  /** Followed by `_1`, `_2` and so on: the parts of a set of attachments, each a JSON array of {@link ENTRY} objects. */
  attachments: 'ZEC_ATTACHMENTS',
} as const;

/** The names in one entry of a set of attachments. */
export const ENTRY = {
  nicId: 'nic_id',
  instanceId: 'instance_id',
  timeout: 'create_timeout',
  /** The path of the construct that declares it. */
  construct: 'construct',
} as const;

/** Commands of `zec-nic` that the local-exec runner calls. */
export const COMMAND = { converge: 'converge', delete: 'delete' } as const;

/** Context keys of a CDKTF app. */
export const CONTEXT = { carrier: 'zec:carrier', runner: 'zec:runner' } as const;

/** Names of the local-exec runner's Terraform blocks and of the values they carry. */
export const BLOCK = {
  attachment: 'nic_attachment',
  convergence: 'nic_attachment_convergence',
  confirmation: 'nic_attachment_confirmation',
  nicId: 'nic_id',
  instanceId: 'instance_id',
} as const;

/** Programs that synth copies into a stack: their folders in the built package's `assets`, and the file to run in each. */
export const ASSET = {
  handler: { folder: 'zec-nic', main: 'zec-nic.js' },
  provider: { folder: 'terraform-provider-zec', main: 'terraform-provider-zec' },
} as const;

/** The provider runner's address, resources and data sources. */
export const PROVIDER = {
  host: 'cdktf.internal',
  namespace: 'zenlayer',
  type: 'zec',
  nicAttachment: 'zec_nic_attachment',
  nicConvergence: 'zec_nic_convergence',
  nic: 'zec_nic',
  nics: 'zec_nics',
  instance: 'zec_instance',
} as const;

/** The attachment resource of the vendor's provider. */
export const VENDOR_ATTACHMENT = 'zenlayercloud_zec_vnic_attachment';

export const PROVIDER_ADDRESS = `${PROVIDER.host}/${PROVIDER.namespace}/${PROVIDER.type}`;

/** Maximum number of vNICs on one instance, including the primary. Small sizes allow fewer; the API does not report how many. */
export const MAX_NICS_PER_INSTANCE = 8;

/** Default time for one create or one delete to converge, in seconds. */
export const DEFAULT_TIMEOUT_SECONDS = 600;

/** Maximum timeout of one create or delete, in seconds: a day. */
export const MAX_TIMEOUT_SECONDS = 86_400;

/**
 * The format of the ID of a vNIC or an instance: letters, digits, `-` and `_`, at most 128 characters.
 * The API documents no format. This one accepts the IDs of the API's examples, and excludes characters that are special
 * in a shell, a path, a Terraform template or `nicId:instanceId`.
 */
export const ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;

/** Describes {@link ID_PATTERN} in error messages. */
export const ID_FORMAT = '1 to 128 letters, digits, "-" or "_", beginning with a letter or digit';
