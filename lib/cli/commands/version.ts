import { command } from '../command';
import { EXIT } from '../exit-codes';
import { JSON_FLAG } from '../options';

export const versionCommand = command({
  name: 'version',
  summary: 'the version of this package',
  description: [],
  options: { json: JSON_FLAG },
  examples: [{ what: 'The version alone', run: 'zec-nic version' }],
  exitCodes: { [EXIT.done]: 'shown' },
  run({ options: { json } }, session) {
    const version = process.env.ZEC_PACKAGE_VERSION ?? 'unbuilt';
    session.out(json ? `${JSON.stringify({ ok: true, version })}\n` : `${version}\n`);
    return Promise.resolve(EXIT.done);
  },
});
