const GENERAL = `zec-nic: attaches ZEC vNICs to instances, and waits until both agree

Usage:
  zec-nic create   --nic-id X --instance-id Y [--timeout 10m] [--json]
  zec-nic read     --nic-id X --instance-id Y [--json]
  zec-nic delete   --nic-id X --instance-id Y [--timeout 10m] [--json]
  zec-nic simulate --world FILE [--port N]
  zec-nic help [command]
  zec-nic --version

Results go to stdout, progress to stderr. Ids and timeout may come from ZEC_NIC_ID, ZEC_INSTANCE_ID and
ZEC_TIMEOUT instead.

Settings, the first found wins:
  ZENLAYERCLOUD_ACCESS_KEY_ID, ZENLAYERCLOUD_ACCESS_KEY_PASSWORD   the access key
  ZENLAYER_ACCESS_KEY_ID, ZENLAYER_ACCESS_KEY_SECRET               the same, as the vendor's CLI names it
  ZENLAYER_TOKEN                                                   a bearer token
  ZENLAYER_PROFILE                                                 a profile of ~/.zenlayer/credentials.json
  ZENLAYERCLOUD_DOMAIN, ZENLAYERCLOUD_SCHEME                       another endpoint (http only for loopback)
  ZENLAYERCLOUD_CLIENT_TIMEOUT                                     seconds for one request

Exit codes:
  0 done   1 failed   2 wrong usage or settings   3 read: not attached   4 timed out   130 interrupted
`;

const COMMANDS: Readonly<Record<string, string>> = {
  create: `zec-nic create: attaches a vNIC to an instance

Returns when the vNIC says USED by the instance and the instance lists the vNIC. An attachment that is
already there is adopted. A vNIC that another instance holds is left alone: that fails.

Options:
  --nic-id X        the vNIC (or ZEC_NIC_ID)
  --instance-id Y   the instance, which must be running (or ZEC_INSTANCE_ID)
  --timeout T       how long it may take: 90s, 10m, 1h30m (or ZEC_TIMEOUT; 10m if neither says)
  --json            the result as one line of JSON

Example:
  zec-nic create --nic-id nic-1 --instance-id ins-1 --timeout 5m
`,
  read: `zec-nic read: tells whether a vNIC is attached to an instance

Looks once, changes nothing. Exit code 0 if both views agree that it is attached, 3 if not.

Options:
  --nic-id X        the vNIC (or ZEC_NIC_ID)
  --instance-id Y   the instance (or ZEC_INSTANCE_ID)
  --json            the result as one line of JSON

Example:
  zec-nic read --nic-id nic-1 --instance-id ins-1 --json
`,
  delete: `zec-nic delete: detaches a vNIC from an instance

Returns when neither claims the other. A vNIC that is free, gone, or held by another instance is left
alone: nothing of this attachment is left then, and that is success.

Options:
  --nic-id X        the vNIC (or ZEC_NIC_ID)
  --instance-id Y   the instance it is attached to, which must be running (or ZEC_INSTANCE_ID)
  --timeout T       how long it may take: 90s, 10m, 1h30m (or ZEC_TIMEOUT; 10m if neither says)
  --json            the result as one line of JSON

Example:
  zec-nic delete --nic-id nic-1 --instance-id ins-1
`,
  simulate: `zec-nic simulate: a ZEC API on this machine, for trying things out

Serves the world in FILE on 127.0.0.1 until it is interrupted. Prints one line of JSON with its "endpoint"
when it listens. Nothing is written back to FILE.

Options:
  --world FILE   instances, vNICs, credentials and settings, as JSON
  --port N       the port to listen on; any free one if not given

Example:
  zec-nic simulate --world examples/quickstart/world.json --port 8080
`,
};

/** The help text of `command`, or the general one. */
export function helpText(command?: string): string {
  return (
    (command !== undefined && Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined) ?? GENERAL
  );
}
