/**
 * The Terraform resource that carries attachments under the local-exec runner.
 * @stability stable
 */
export enum Carrier {
  /** `null_resource` of the provider `hashicorp/null`, which `terraform init` downloads. */
  NULL_RESOURCE = 'null_resource',
  /** `terraform_data`, which is built into Terraform 1.4 and OpenTofu: nothing is downloaded. */
  TERRAFORM_DATA = 'terraform_data',
}

/** The attribute whose change replaces a carrier's block. */
export function triggersOf(carrier: Carrier): string {
  return carrier === Carrier.TERRAFORM_DATA ? 'triggers_replace' : 'triggers';
}
