import { Argument, Option } from 'commander';
import { ENV } from '../contract';
import { parseInstanceId } from '../zec/ids';
import { JSON_FLAG } from './definition';
import type { Definition } from './definition';
import { EXIT } from './errors';
import { checkedId, durationBetween, portNumber } from './values';

const NIC_ID = new Option('--nic-id <X>', 'the vNIC').env(ENV.nicId);
const INSTANCE_ID = new Option('--instance-id <Y>', 'the instance, which must be running').env(
  ENV.instanceId,
);
const TIMEOUT = new Option('--timeout <T>', 'how long it may take: 90s, 10m, 1h30m')
  .env(ENV.timeout)
  .default('10m');
const FORMAT_JSON = new Option('--json', 'the same as --format json');

function format(...formats: readonly string[]) {
  return new Option('--format <FORMAT>', 'how to show it').choices(formats).default('text');
}

function duration(flags: string, about: string, name: string, leastMs: number, mostMs: number) {
  return new Option(flags, about).argParser((text) => durationBetween(name, leastMs, mostMs, text));
}

/** In the order of the help: what people need first comes first. */
export const DEFINITIONS: readonly Definition[] = [
  {
    name: 'status',
    summary: 'show instances and their vNICs, or one attachment',
    description: [
      'Shows every instance with the vNICs it holds, then the vNICs that are free. A note stands where the two views of ' +
        'an attachment do not agree. Changes nothing.',
      'With NIC_ID and --instance-id it tells whether that vNIC is attached to that instance, by its exit code too.',
      'With --watch it reads again and again, in place on a terminal and as one table below the other elsewhere, until it ' +
        'is interrupted. What changed since the last read has a note. A read that fails for a passing reason is ' +
        'repeated, ten in a row at most.',
    ],
    args: [new Argument('[NIC_ID]', 'tell of this vNIC’s attachment to --instance-id')],
    options: [
      new Option('--instance-id <Y>', 'only this instance and its vNICs').argParser((text) =>
        checkedId(() => parseInstanceId(text)),
      ),
      new Option('--region <R>', 'only this region, such as asia-east-1'),
      new Option(
        '--name <TEXT>',
        'only what has this in its name, or in the name of its instance, in any case',
      ),
      duration('--watch [T]', 'read again after this long', 'interval', 1_000, 3_600_000).preset('5s'),
      new Option('--json', 'print one line of JSON for each read'),
    ],
    examples: {
      Everything: 'zec-nic status',
      'One instance, live': 'zec-nic status --instance-id ins-1 --watch 2s',
      'Whether a vNIC is attached': 'zec-nic status nic-1 --instance-id ins-1',
      'The IDs of all free vNICs of a region': `zec-nic status --region asia-east-1 --json | jq -r '.otherNics[] | select(.status == "AVAILABLE").nicId'`,
    },
    exitCodes: {
      [EXIT.done]:
        'shown; with NIC_ID: attached, both views agree; with --watch: interrupted, which is how that ends',
      [EXIT.failed]: 'the API could not be asked',
      [EXIT.notAttached]: 'with NIC_ID: not attached, or on its way to or from it',
    },
    load: async () => (await import('./commands/status.js')).status,
  },
  {
    name: 'review',
    summary: 'tell what a saved plan will do to attachments, and what could go wrong',
    description: [
      'Reads what "terraform show -json" writes of a saved plan, of either runner and either carrier, and tells what will ' +
        'happen to each attachment, in the order in which it will happen: attach, detach, move, replace, adopt, forget, ' +
        'clear (only the record goes), keep. The API is asked for names, regions and statuses, and for what stands in ' +
        'the way. Changes nothing.',
      'A change is risky if apply will or may fail, or if something that works now stops: the instance is not running, ' +
        'another instance holds the vNIC, an instance would hold more than 8, the vNIC is a primary one, the regions ' +
        'differ, public addresses lose their instance, nothing makes a detach happen before the attach that needs it.',
    ],
    args: [new Argument('<PLAN>', 'a file with the plan as JSON, or - for stdin')],
    options: [
      format('text', 'markdown', 'json', 'html', 'svg'),
      new Option('--offline', 'the plan alone: ask the API nothing'),
      FORMAT_JSON,
    ],
    examples: {
      'Review a plan': 'terraform plan -out=plan.bin && terraform show -json plan.bin | zec-nic review -',
      'A comment for a pull request': 'zec-nic review plan.json --format markdown > comment.md',
      'A page to read in a browser': 'zec-nic review plan.json --format html > review.html',
      'Stop a pipeline at what is risky, and go on with other changes':
        'zec-nic review plan.json || [ $? -eq 10 ]',
    },
    exitCodes: {
      [EXIT.done]: 'nothing changes, and nothing is risky',
      [EXIT.failed]: 'the API could not be asked',
      [EXIT.changes]: 'changes, none of them risky',
      [EXIT.risky]: 'risky changes',
    },
    load: async () => (await import('./commands/review.js')).review,
  },
  {
    name: 'drift',
    summary: 'show where the cloud has drifted from what Terraform has on record',
    description: [
      'Compares the attachments in a state with the API: in sync, detached, moved to another instance, vNIC or instance ' +
        'gone, changing, tainted, or unfinished. It sees what the plans of the local-exec runner cannot. Changes nothing, ' +
        'and prints the command that repairs each, for sh, bash, zsh and fish.',
      'STATE is what "terraform show -json" writes. With --stack it runs that itself, in the folder of the stack.',
    ],
    args: [new Argument('[STATE]', 'a file with the state as JSON, or - for stdin')],
    options: [
      new Option('--stack <STACK>', 'the name of a synthesized stack, or its folder, instead of STATE'),
      format('text', 'markdown', 'json'),
      FORMAT_JSON,
    ],
    examples: {
      'A stack of the app in this folder': 'zec-nic drift --stack network',
      'A state from elsewhere': 'terraform show -json | zec-nic drift -',
      'The commands that repair everything': `zec-nic drift --stack network --json | jq -r '.attachments[].repair.commands[]?.shell'`,
    },
    exitCodes: {
      [EXIT.done]: 'every attachment is as on record',
      [EXIT.failed]: 'the API could not be asked',
      [EXIT.drifted]: 'at least one is not, or could not be checked',
    },
    load: async () => (await import('./commands/review.js')).drift,
  },
  {
    name: 'doctor',
    summary: 'check all that a deploy needs, and say what to do about the rest',
    description: [
      'Checks Node.js, Terraform or OpenTofu and its CLI configuration, the settings and where each came from, the way ' +
        'to the API (DNS, connection, TLS, clock), the signature, and the permission for each action. Run it in the ' +
        'folder of a CDKTF app, and it also checks what that app’s runner needs.',
      'Nothing is changed. Whether attach and detach are permitted is found out by asking for them with IDs that cannot ' +
        'exist, after the API itself said that they do not; --read-only leaves these two requests out.',
    ],
    options: [
      new Option('--read-only', 'send no request for a change, not even of something that does not exist'),
      duration('--timeout <T>', 'how long each check may take', 'timeout', 1, 600_000).default(10_000, '10s'),
      JSON_FLAG,
    ],
    examples: {
      'Check this machine': 'zec-nic doctor',
      'What is not right, for a script': `zec-nic doctor --json | jq -r '.checks[] | select(.verdict == "fail").fix'`,
    },
    exitCodes: {
      [EXIT.done]: 'nothing failed; there may be warnings',
      [EXIT.failed]: 'something failed',
    },
    load: async () => (await import('./commands/doctor.js')).doctor,
  },
  {
    name: 'create',
    summary: 'attach a vNIC to an instance',
    description: [
      'Returns when the vNIC is USED by the instance and the instance lists the vNIC. An attachment that is already there ' +
        'is adopted. A vNIC that another instance holds is left alone: that fails.',
    ],
    options: [NIC_ID, INSTANCE_ID, TIMEOUT, JSON_FLAG],
    examples: {
      'Attach, and give it five minutes': 'zec-nic create --nic-id nic-1 --instance-id ins-1 --timeout 5m',
      'The same from the environment': 'ZEC_NIC_ID=nic-1 ZEC_INSTANCE_ID=ins-1 zec-nic create --json',
    },
    exitCodes: {
      [EXIT.done]: 'attached',
      [EXIT.failed]: 'not attached; the error says why, and whether anything may be left behind',
      [EXIT.timedOut]: 'not attached in time',
    },
    load: async () => (await import('./commands/attachment.js')).create,
  },
  {
    name: 'delete',
    summary: 'detach a vNIC from an instance',
    description: [
      'Returns when neither claims the other. A vNIC that is free, gone, or held by another instance is left alone: ' +
        'nothing of this attachment is left then, and that is success. Terraform calls it when an attachment is destroyed.',
    ],
    options: [NIC_ID, INSTANCE_ID, TIMEOUT, JSON_FLAG],
    examples: {
      Detach: 'zec-nic delete --nic-id nic-1 --instance-id ins-1',
      'For a script': 'zec-nic delete --nic-id nic-1 --instance-id ins-1 --timeout 2m --json',
    },
    exitCodes: {
      [EXIT.done]: 'no longer attached, or never was',
      [EXIT.failed]: 'still attached, or not known; the error says which',
      [EXIT.timedOut]: 'not detached in time',
    },
    load: async () => (await import('./commands/attachment.js')).remove,
  },
  {
    name: 'read',
    summary: 'tell whether a vNIC is attached to an instance',
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
      [EXIT.done]: 'attached: both views agree',
      [EXIT.failed]: 'the API could not be asked',
      [EXIT.notAttached]: 'not attached, or on its way to or from it',
    },
    hidden: true,
    load: async () => (await import('./commands/attachment.js')).read,
  },
  {
    name: 'simulate',
    summary: 'serve a ZEC API on this machine, for trying things out',
    description: [
      'Serves the world in FILE on 127.0.0.1 until it is interrupted. Prints one line of JSON with its "endpoint" when ' +
        'it listens. Nothing is written back to FILE.',
    ],
    options: [
      new Option('--world <FILE>', 'the world to start from, as JSON').makeOptionMandatory(),
      new Option('--port <N>', 'the port to listen on; 0 is any free one').argParser(portNumber).default(0),
      new Option('--json', 'accepted for consistency; ignored: what it prints is JSON anyway'),
    ],
    examples: {
      'A cloud to play with': 'zec-nic simulate --world examples/quickstart/world.json --port 8080',
      'Another terminal then talks to it':
        'ZENLAYERCLOUD_SCHEME=http ZENLAYERCLOUD_DOMAIN=127.0.0.1:8080 zec-nic status nic-storage --instance-id ins-web-1',
    },
    exitCodes: {
      [EXIT.done]: 'interrupted, which is how it ends',
      [EXIT.failed]: 'the port is taken',
    },
    load: async () => (await import('./commands/simulate.js')).simulate,
  },
  {
    name: 'converge',
    summary: 'attach a set of vNICs to their instances, all at once',
    description: [
      'Brings every attachment of a set to attached in one process: what is free is attached, what is attached already is ' +
        'adopted, and a vNIC that another instance holds is left alone and reported. One failure does not stop the ' +
        'others. Running it again continues with those that failed.',
      'The set is in ZEC_ATTACHMENTS_1, ZEC_ATTACHMENTS_2 and so on: JSON arrays of objects with nic_id, instance_id, ' +
        'create_timeout and construct. A part may hold as many as fit into one environment variable.',
    ],
    options: [JSON_FLAG],
    examples: {
      'Two attachments': `ZEC_ATTACHMENTS_1='[{"nic_id":"nic-1","instance_id":"ins-1","create_timeout":"5m","construct":"web"},{"nic_id":"nic-2","instance_id":"ins-1","create_timeout":"5m","construct":"db"}]' zec-nic converge`,
    },
    exitCodes: {
      [EXIT.done]: 'all are attached',
      [EXIT.failed]: 'at least one is not; the error tells of each',
      [EXIT.timedOut]: 'those that failed were all not attached in time',
    },
    forTerraform: true,
    load: async () => (await import('./commands/converge.js')).converge,
  },
];
