import { PROVIDER, PROVIDER_ADDRESS } from '../../contract';
import { display } from '../../review';
import { plural, attachmentId } from '../../zec/ids';
import type { Screen } from '../screen';
import { tableLines, type Column } from '../text-table';
import type { Adoption, Attached } from './attachments';

const COLUMNS: readonly Column[] = [
  { title: 'INSTANCE', shrinksTo: 16 },
  { title: 'NAME', shrinksTo: 10, dropRank: 3 },
  { title: 'STATUS' },
  { title: 'VNIC', shrinksTo: 16 },
  { title: 'NAME', shrinksTo: 10, dropRank: 4 },
  { title: 'VPC', dropRank: 2 },
  { title: 'ADDRESS', shrinksTo: 15, dropRank: 1 },
];

function summary({ attachments, skipped }: Adoption): string {
  const others = Object.entries(skipped).map(([kind, count]) => `${count} ${kind}`);
  return `${plural(attachments.length, 'unmanaged attachment')}. Skipped vNICs: ${others.join(', ')}.`;
}

export function adoptionText(adoption: Adoption, screen: Screen): string {
  const rows = adoption.attachments.map(({ nic, instance }) => [
    instance.instanceId,
    display(instance.instanceName) ?? '',
    instance.status,
    nic.nicId,
    display(nic.name) ?? '',
    display(nic.vpcId) ?? '',
    display(nic.primaryIpv4 ?? nic.primaryIpv6) ?? '',
  ]);
  if (rows.length === 0) return lines(summary(adoption));
  const table = tableLines(COLUMNS, rows, screen);
  const next = 'To write their declarations, add --format typescript or --format hcl.';
  return lines(...table, '', summary(adoption), next);
}

export function adoptionJson({ attachments, skipped }: Adoption): string {
  const members = attachments.map(({ nic, instance }) => ({
    id: attachmentId(nic.nicId, instance.instanceId),
    nicId: nic.nicId,
    name: nic.name ?? null,
    instanceId: instance.instanceId,
    instanceName: instance.instanceName ?? null,
    instanceStatus: instance.status,
    vpcId: nic.vpcId ?? null,
    primaryIpv4: nic.primaryIpv4 ?? null,
    macAddress: nic.macAddress ?? null,
  }));
  return lines(JSON.stringify({ ok: true, attachments: members, skipped }));
}

/** A function that declares the attachments as constructs. */
export function adoptionTypeScript(adoption: Adoption): string {
  const header = [
    `// ${summary(adoption)}`,
    '// Call adopt(stack) in a stack with a ProviderRunner. The plan imports the attachments and changes nothing.',
    '// After the apply, the calls of importFrom can be removed.',
  ];
  const isEmpty = adoption.attachments.length === 0;
  return lines(
    ...header,
    ...(isEmpty ? [] : ["import { NicAttachment } from 'cdktf-zenlayer-zec';"]),
    "import type { Construct } from 'constructs';",
    '',
    // The underscore marks a parameter as unused on purpose.
    `export function adopt(${isEmpty ? '_scope' : 'scope'}: Construct): void {`,
    ...labelled(adoption.attachments, new Set()).flatMap(({ label, nicId, instanceId, comment }) => [
      `  // ${comment}`,
      `  new NicAttachment(scope, '${label}', {`,
      `    nicId: '${nicId}',`,
      `    instanceId: '${instanceId}',`,
      `  }).importFrom('${attachmentId(nicId, instanceId)}');`,
    ]),
    '}',
  );
}

/** Import blocks with their resources. @param taken names of resources of this type */
export function adoptionHcl(adoption: Adoption, taken: ReadonlySet<string>): string {
  return lines(
    `# ${summary(adoption)}`,
    `# For a module that requires the provider ${PROVIDER_ADDRESS}, and Terraform 1.5 or newer.`,
    '# The plan imports the attachments and changes nothing. After the apply, the import blocks can be removed.',
    ...labelled(adoption.attachments, taken).flatMap(({ label, nicId, instanceId, comment }) => [
      '',
      `# ${comment}`,
      'import {',
      `  to = ${PROVIDER.nicAttachment}.${label}`,
      `  id = "${attachmentId(nicId, instanceId)}"`,
      '}',
      '',
      `resource "${PROVIDER.nicAttachment}" "${label}" {`,
      `  nic_id      = "${nicId}"`,
      `  instance_id = "${instanceId}"`,
      '}',
    ]),
  );
}

const IDENTIFIER = /^[A-Za-z_][\w-]{0,127}$/;
/** Construct IDs that the framework omits from names. */
const HIDDEN = /^(?:default|resource)$/i;

/** The attachments with unique labels, from the name of the vNIC or from its ID. */
function labelled(attachments: readonly Attached[], taken: ReadonlySet<string>) {
  // A label must not begin with a digit. The prefix is repeated, so that labels are unique.
  const ofId = (id: string) => (/^(?:nic_)*\d/.test(id) ? `nic_${id}` : id);
  const uses = new Map<string, number>();
  const names = attachments.flatMap(({ nic }) => [ofId(nic.nicId), nic.name ?? '']);
  for (const name of names) uses.set(name, (uses.get(name) ?? 0) + 1);
  return attachments.map(({ nic, instance }) => {
    const { nicId, name = '' } = nic;
    const { instanceId, instanceName } = instance;
    const isUsable =
      // The framework keeps the children of a construct in an object with a prototype.
      IDENTIFIER.test(name) &&
      !HIDDEN.test(name) &&
      !(name in Object.prototype) &&
      uses.get(name) === 1 &&
      !taken.has(name);
    // Names are free text, but a comment on one line needs no escapes. Its first word is not a directive, such as @ts-expect-error.
    const comment = `vNIC ${display(name) ?? nicId} at ${display(instanceName) ?? instanceId}`;
    return { label: isUsable ? name : ofId(nicId), nicId, instanceId, comment };
  });
}

function lines(...all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
