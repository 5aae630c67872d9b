import { Argument, Option } from 'commander';
import { ENV } from '../contract';
import { InvalidIdError, parseInstanceId } from '../zec/ids';
import { JSON_FLAG, type CommandDefinition } from './definition';
import { EXIT, orUsageError } from './errors';
import { addTag, durationBetween, portNumber } from './values';

const NIC_ID = new Option('--nic-id <X>', 'the vNIC').env(ENV.nicId);
const INSTANCE_ID = new Option('--instance-id <Y>', 'the instance, which must be running').env(
  ENV.instanceId,
);
const TIMEOUT = new Option('--timeout <T>', 'timeout, such as 90s, 10m or 1h30m')
  .env(ENV.timeout)
  .default('10m');
const FORMAT_JSON = new Option('--json', 'the same as --format json').implies({ format: 'json' });

function format(...formats: readonly string[]) {
  return new Option('--format <FORMAT>', 'output format').choices(formats).default('text');
}

function duration(flags: string, description: string, name: string, minMs: number, maxMs: number) {
  return new Option(flags, description).argParser((text) => durationBetween(name, minMs, maxMs, text));
}

/** In the order of the help text: the most used commands first. */
export const DEFINITIONS: readonly CommandDefinition[] = [
  {
    name: 'status',
    summary: 'show instances and their vNICs, or one attachment',
    description: [
      'Lists all instances with their attached vNICs, then all other vNICs. A note marks attachments that the vNIC and ' +
        'the instance report differently. Read-only.',
      'With NIC_ID and --instance-id, shows whether the vNIC is attached to the instance, and sets the exit code.',
      'With --watch, repeats until interrupted: a terminal is updated in place, other outputs get one table for each ' +
        'read. Notes mark what changed since the previous read. Transient errors are retried, up to ten in a row.',
    ],
    args: [new Argument('[NIC_ID]', 'show the attachment of this vNIC to --instance-id')],
    options: [
      new Option('--instance-id <Y>', 'only this instance and its vNICs').argParser((text) =>
        orUsageError(InvalidIdError, () => parseInstanceId(text)),
      ),
      new Option('--region <R>', 'only this region, such as asia-east-1'),
      new Option(
        '--name <TEXT>',
        'only instances and vNICs whose name contains this text (case-insensitive)',
      ),
      duration('--watch [T]', 'repeat at this interval', 'interval', 1_000, 3_600_000).preset('5s'),
      new Option('--json', 'print one line of JSON for each read'),
    ],
    examples: {
      'All instances and vNICs': 'zec-nic status',
      'Watch one instance': 'zec-nic status --instance-id ins-1 --watch 2s',
      'Whether a vNIC is attached': 'zec-nic status nic-1 --instance-id ins-1',
      'The IDs of all available vNICs of a region': `zec-nic status --region asia-east-1 --json | jq -r '.otherNics[] | select(.status == "AVAILABLE").nicId'`,
    },
    exitCodes: {
      [EXIT.done]: 'success; with NIC_ID: attached; with --watch: interrupted',
      [EXIT.failed]: 'the API request failed',
      [EXIT.notAttached]: 'with NIC_ID: not attached, attaching or detaching',
    },
    load: async () => (await import('./commands/status.js')).status,
  },
  {
    name: 'review',
    summary: 'show what a saved plan will do to attachments, and its risks',
    description: [
      'Reads the output of "terraform show -json" for a saved plan, of either runner and either carrier, and lists the ' +
        'change of each attachment in the order of execution: attach, detach, move, replace, adopt, forget, clear (removes ' +
        'only the record from the state), keep. Queries the API for names, regions, statuses and conflicts. Read-only.',
      'A change is risky if apply can fail or interrupts a working attachment: it detaches an attached vNIC, if only to ' +
        'rename or replace it, the instance is not running, the vNIC is attached to another instance, an instance would ' +
        'exceed 8 vNICs (small sizes allow fewer), the vNIC is a primary vNIC, the regions differ, an instance loses public addresses, or a detach ' +
        'is not ordered before the attach that depends on it.',
    ],
    args: [new Argument('<PLAN>', 'the plan as a JSON file, or - for stdin')],
    options: [
      format('text', 'markdown', 'json', 'html', 'svg'),
      new Option('--offline', 'review the plan without querying the API'),
      FORMAT_JSON,
    ],
    examples: {
      'Review a plan': 'terraform plan -out=plan.bin && terraform show -json plan.bin | zec-nic review -',
      'A pull request comment': 'zec-nic review plan.json --format markdown > comment.md',
      'An HTML page': 'zec-nic review plan.json --format html > review.html',
      'Stop a pipeline on risky changes only': 'zec-nic review plan.json || [ $? -eq 10 ]',
    },
    exitCodes: {
      [EXIT.done]: 'no changes and no risks',
      [EXIT.failed]: 'the API request failed',
      [EXIT.changes]: 'changes without risks',
      [EXIT.risky]: 'risky changes',
    },
    load: async () => (await import('./commands/review.js')).review,
  },
  {
    name: 'drift',
    summary: 'show where the cloud differs from the Terraform state',
    description: [
      'Compares the attachments in a state with the API: in sync, detached, moved to another instance, vNIC or instance ' +
        'gone, changing, tainted, or unfinished. Detects drift that plans of the local-exec runner do not show. Prints the ' +
        'commands that repair each attachment, for sh, bash, zsh and fish. A note lists other vNICs that are attached to the ' +
        'same instances. Read-only.',
      'STATE is the output of "terraform show -json". With --stack, zec-nic runs that command in the directory of the stack.',
    ],
    args: [new Argument('[STATE]', 'the state as a JSON file, or - for stdin')],
    options: [
      new Option('--stack <STACK>', 'the name or directory of a synthesized stack, instead of STATE'),
      format('text', 'markdown', 'json'),
      FORMAT_JSON,
    ],
    examples: {
      'A stack of the app in the current directory': 'zec-nic drift --stack network',
      'A state from stdin': 'terraform show -json | zec-nic drift -',
      'All repair commands': `zec-nic drift --stack network --json | jq -r '.attachments[].repair.commands[]?.shell'`,
    },
    exitCodes: {
      [EXIT.done]: 'no drift',
      [EXIT.failed]: 'the API request failed',
      [EXIT.drifted]: 'at least one attachment has drifted or could not be checked',
    },
    load: async () => (await import('./commands/review.js')).drift,
  },
  {
    name: 'adopt',
    summary: 'write declarations of attachments that Terraform does not manage',
    description: [
      'Lists the attached vNICs of a region that are in none of the given states. Counts and skips primary and free vNICs, ' +
        'those in a state, also in one of the vendor’s provider, and those that are being attached or detached. Read-only.',
      'With --format typescript or hcl, writes constructs with importFrom, or import blocks with resources: the plan ' +
        'imports the attachments and changes nothing. Both are for the provider runner, and Terraform 1.5 or newer.',
      'STATE is the output of "terraform show -json". With --stack, zec-nic runs that command in the directory of the ' +
        'stack. Give the states of all stacks that attach vNICs in the region.',
    ],
    args: [new Argument('[STATE...]', 'states as JSON files, or - for stdin')],
    options: [
      new Option('--region <R>', 'the region, such as asia-east-1').makeOptionMandatory(),
      new Option('--vpc <VPC>', 'only vNICs in this VPC'),
      new Option('--tag <KEY=VALUE>', 'only vNICs with this tag; repeat it for several').argParser(addTag),
      new Option(
        '--stack <STACK>',
        'the name or directory of a synthesized stack; repeat it for several',
      ).argParser<readonly string[] | undefined>((text, stacks = []) => [...stacks, text]),
      format('text', 'typescript', 'hcl', 'json'),
      FORMAT_JSON,
    ],
    examples: {
      'What no stack manages': 'zec-nic adopt --region asia-east-1 --stack network --stack storage',
      'Constructs for a stack':
        'zec-nic adopt --region asia-east-1 --stack network --format typescript > adopt.ts',
      'Import blocks, with a state from stdin':
        'terraform show -json | zec-nic adopt --region asia-east-1 --tag team=web --format hcl -',
    },
    exitCodes: {
      [EXIT.done]: 'success, also if there is nothing to adopt',
      [EXIT.failed]: 'the API request failed',
    },
    load: async () => (await import('./commands/adopt.js')).adopt,
  },
  {
    name: 'doctor',
    summary: 'check the prerequisites of a deploy, and suggest fixes',
    description: [
      'Checks Node.js, Terraform or OpenTofu and its CLI configuration, the settings and their sources, the connection to ' +
        'the API (DNS, TCP, TLS, clock), the signature, and the permission for each action. In the directory of a CDKTF ' +
        'app, also checks the requirements of its runner.',
      'Changes no resource. The permissions to attach and detach are tested with random IDs, after the API has confirmed ' +
        'that no such vNIC exists. --read-only skips these two requests.',
    ],
    options: [
      new Option('--read-only', 'skip the permission checks of attach and detach'),
      duration('--timeout <T>', 'timeout of each check', 'timeout', 1, 600_000).default(10_000, '10s'),
      JSON_FLAG,
    ],
    examples: {
      'Check this machine': 'zec-nic doctor',
      'The fixes of failed checks': `zec-nic doctor --json | jq -r '.checks[] | select(.verdict == "fail").fix'`,
    },
    exitCodes: {
      [EXIT.done]: 'no check failed; there may be warnings',
      [EXIT.failed]: 'at least one check failed',
    },
    load: async () => (await import('./commands/doctor.js')).doctor,
  },
  {
    name: 'create',
    summary: 'attach a vNIC to an instance',
    description: [
      'Waits until the vNIC is USED by the instance and the instance lists the vNIC. An existing attachment is adopted. ' +
        'Fails, without any change, if the vNIC is attached to another instance.',
    ],
    options: [NIC_ID, INSTANCE_ID, TIMEOUT, JSON_FLAG],
    examples: {
      'Attach, with a timeout of five minutes':
        'zec-nic create --nic-id nic-1 --instance-id ins-1 --timeout 5m',
      'The same from the environment': 'ZEC_NIC_ID=nic-1 ZEC_INSTANCE_ID=ins-1 zec-nic create --json',
    },
    exitCodes: {
      [EXIT.done]: 'attached',
      [EXIT.failed]: 'not attached; the error states the reason and what may remain',
      [EXIT.timedOut]: 'not attached within the timeout',
    },
    load: async () => (await import('./commands/attachment.js')).create,
  },
  {
    name: 'delete',
    summary: 'detach a vNIC from an instance',
    description: [
      'Waits until neither the vNIC nor the instance reports the attachment. Succeeds without any change if the vNIC is ' +
        'available, no longer exists, or is attached to another instance. Terraform runs it to destroy an attachment.',
    ],
    options: [NIC_ID, INSTANCE_ID, TIMEOUT, JSON_FLAG],
    examples: {
      Detach: 'zec-nic delete --nic-id nic-1 --instance-id ins-1',
      'For a script': 'zec-nic delete --nic-id nic-1 --instance-id ins-1 --timeout 2m --json',
    },
    exitCodes: {
      [EXIT.done]: 'no longer attached, or never was',
      [EXIT.failed]: 'still attached or unknown; the error states which',
      [EXIT.timedOut]: 'not detached within the timeout',
    },
    load: async () => (await import('./commands/attachment.js')).remove,
  },
  {
    name: 'read',
    summary: 'show whether a vNIC is attached to an instance',
    description: ['The same as "zec-nic status NIC_ID --instance-id Y".'],
    options: [
      NIC_ID,
      INSTANCE_ID,
      new Option('--timeout <T>', 'accepted for consistency; ignored').env(ENV.timeout).default('10m'),
      JSON_FLAG,
    ],
    examples: {
      'The vNIC’s MAC address':
        'zec-nic read --nic-id nic-1 --instance-id ins-1 --json | jq -r .nic.macAddress',
    },
    exitCodes: {
      [EXIT.done]: 'attached',
      [EXIT.failed]: 'the API request failed',
      [EXIT.notAttached]: 'not attached, attaching or detaching',
    },
    hidden: true,
    load: async () => (await import('./commands/attachment.js')).read,
  },
  {
    name: 'simulate',
    summary: 'run a simulated ZEC API on this machine',
    description: [
      'Serves a world on 127.0.0.1 until interrupted. Prints one line of JSON with its "endpoint" when it listens. ' +
        'Without --world, it starts from a small example. The world file is not modified.',
      'With --tls, serves HTTPS as localhost, for clients that have no setting for the scheme. FILE gets the ' +
        'certificate, which is valid for a week: clients trust it with NODE_EXTRA_CA_CERTS, SSL_CERT_FILE (Go) or ' +
        'REQUESTS_CA_BUNDLE (Python).',
    ],
    options: [
      new Option('--world <FILE>', 'the initial world, as a JSON file').default(undefined, 'the example'),
      new Option('--example', 'print the example world, and exit'),
      new Option('--port <N>', 'the port to listen on; 0 selects a free port')
        .argParser(portNumber)
        .default(0),
      new Option('--tls <FILE>', 'serve HTTPS, and write the certificate to FILE'),
      new Option('--json', 'accepted for consistency; ignored, because the output is JSON anyway'),
    ],
    examples: {
      'Start a simulator': 'zec-nic simulate --world examples/quickstart/world.json --port 8080',
      'Use it from another terminal':
        'ZENLAYERCLOUD_SCHEME=http ZENLAYERCLOUD_DOMAIN=127.0.0.1:8080 zec-nic status nic-storage --instance-id ins-web-1',
      'Write a world of your own': 'zec-nic simulate --example > world.json',
    },
    exitCodes: {
      [EXIT.done]: 'interrupted',
      [EXIT.failed]: 'the port is in use',
    },
    load: async () => (await import('./commands/simulate.js')).simulate,
  },
  {
    name: 'converge',
    summary: 'attach a set of vNICs to their instances in parallel',
    description: [
      'Attaches all vNICs of a set in one process. Existing attachments are adopted. A vNIC that is attached to another ' +
        'instance is not modified, and reported as a failure. A failure does not stop the other attachments. Run the ' +
        'command again to retry the failed ones.',
      'The set is read from ZEC_ATTACHMENTS_1, ZEC_ATTACHMENTS_2 and so on: JSON arrays of objects with nic_id, ' +
        'instance_id, create_timeout and construct. Use several variables if the set exceeds the size limit of one.',
    ],
    options: [JSON_FLAG],
    examples: {
      'Two attachments': `ZEC_ATTACHMENTS_1='[{"nic_id":"nic-1","instance_id":"ins-1","create_timeout":"5m","construct":"web"},{"nic_id":"nic-2","instance_id":"ins-1","create_timeout":"5m","construct":"db"}]' zec-nic converge`,
    },
    exitCodes: {
      [EXIT.done]: 'all attached',
      [EXIT.failed]: 'at least one is not attached; the errors list each',
      [EXIT.timedOut]: 'at least one is not attached; all failures are timeouts',
    },
    forTerraform: true,
    load: async () => (await import('./commands/converge.js')).converge,
  },
];
