// Reduces the output of a Terraform run under cdktf to one line per event.

/** The prefix of each line: the name of the stack, and columns of spaces. */
const PREFIX = /^(?:quickstart)?\s*/;
/** cdktf adds the path of the construct: `null_resource.nic_attachment (zec/attachment)["nic-storage"]`. */
const CONSTRUCT_PATH = / \([\w./-]+\)/;

const PLANNED = /^# (\S+.*?) (?:will|must) be (.*)$/;
const PROVISIONED = /^\S+.*?\(local-exec\): (?!Executing: )(.*)$/;
const PROVIDER_DONE = /^(zec_nic_\S+): (?:Creation|Destruction) complete after \S+/;
const SUMMARY = /^(?:Plan: |Apply complete! |Destroy complete! |Warning: |Error: )/;

/**
 * The short form of a line of output; `undefined` if the line is omitted.
 * @param plan whether to show which resources a plan changes, and its warnings
 */
export function shortened(line, { plan }) {
  const text = line.replace(PREFIX, '').replace(CONSTRUCT_PATH, '').trimEnd();
  const planned = PLANNED.exec(text);
  if (planned !== null) return plan ? `${planned[1]} will be ${planned[2]}` : undefined;
  if (!plan && /^(?:Plan|Warning): /.test(text)) return undefined;
  const provisioned = PROVISIONED.exec(text);
  if (provisioned !== null) return provisioned[1];
  return SUMMARY.test(text) || PROVIDER_DONE.test(text) ? text : undefined;
}
