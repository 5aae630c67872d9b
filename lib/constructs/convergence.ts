/** When an attachment counts as created under the provider runner. */
export enum Convergence {
  /**
   * Each attachment is created when its vNIC and its instance agree, and what refers to it waits for that one only.
   * Each holds one of Terraform's slots meanwhile: ten, unless `-parallelism` says otherwise.
   */
  EACH = 'each',
  /**
   * An attachment is created when the API has accepted it. One `zec_nic_convergence` for all of the runner's then waits
   * until all of them are attached, in about the time of one, and what refers to any of them waits for all. It fails
   * naming those that were not attached; the next plan shows these again.
   */
  TOGETHER = 'together',
}
