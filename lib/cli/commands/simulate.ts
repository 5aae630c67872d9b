import { command } from '../command';
import { EXIT } from '../exit-codes';
import { flag, required, text, wholeNumber, withDefault } from '../options';
import { runSimulator } from '../simulate';

export const simulateCommand = command({
  name: 'simulate',
  summary: 'a ZEC API on this machine, for trying things out',
  description: [
    'Serves the world in FILE on 127.0.0.1 until it is interrupted. Prints one line of JSON with its "endpoint" when ' +
      'it listens. Nothing is written back to FILE.',
  ],
  options: {
    world: required(text({ value: 'FILE', help: 'the world to start from, as JSON', complete: 'files' })),
    port: withDefault(
      wholeNumber('--port', [0, 65_535], { value: 'N', help: 'the port to listen on; 0 is any free one' }),
      '0',
    ),
    json: flag('taken, though what it prints is JSON anyway'),
  },
  examples: [
    {
      what: 'A cloud to play with',
      run: 'zec-nic simulate --world examples/quickstart/world.json --port 8080',
    },
    {
      what: 'Another terminal then talks to it',
      run: 'ZENLAYERCLOUD_SCHEME=http ZENLAYERCLOUD_DOMAIN=127.0.0.1:8080 zec-nic read --nic-id nic-storage --instance-id ins-web-1',
    },
  ],
  exitCodes: {
    [EXIT.done]: 'interrupted, which is how it ends',
    [EXIT.failed]: 'the port is taken',
    [EXIT.interrupted]: 'interrupted twice',
  },
  run: ({ options: { world, port } }, session) =>
    runSimulator({ worldFile: world, port }, session, session.signal),
});
