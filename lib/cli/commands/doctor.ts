import { command } from '../command';
import { examine } from '../doctor/examine';
import type { Finding } from '../doctor/finding';
import { countsOf, countsText, findingText } from '../doctor/render';
import { EXIT } from '../exit-codes';
import { duration, flag, JSON_FLAG, withDefault } from '../options';

export const doctorCommand = command({
  name: 'doctor',
  summary: 'checks all that a deploy needs, and says what to do about the rest',
  description: [
    'Looks at Node.js, Terraform or OpenTofu and its CLI configuration, the settings and where each came from, the way ' +
      'to the API (DNS, connection, TLS, clock), the signature, and the permission for each action. Run it in the ' +
      'folder of a CDKTF app, and it also looks at what that app’s runner needs.',
    'Nothing is changed. Whether attach and detach are permitted is found out by asking for them with ids that cannot ' +
      'exist, after the API itself said that they do not; --read-only leaves these two requests out.',
  ],
  options: {
    readOnly: flag('send no request for a change, not even of something that does not exist'),
    timeout: withDefault(
      duration('timeout', { help: 'how long each check may take' }, { mostSeconds: 600 }),
      '10s',
    ),
    json: JSON_FLAG,
  },
  examples: [
    { what: 'Check this machine', run: 'zec-nic doctor' },
    {
      what: 'What is not right, for a script',
      run: `zec-nic doctor --json | jq -r '.checks[] | select(.verdict == "fail").fix'`,
    },
  ],
  exitCodes: {
    [EXIT.done]: 'nothing failed; there may be warnings',
    [EXIT.failed]: 'something failed',
  },
  usesSettings: true,
  async run({ options: { readOnly, timeout, json } }, session) {
    const findings: Finding[] = [];
    const { signal } = session;
    for await (const finding of examine(session, {
      readOnly,
      timeoutMs: timeout,
      signal,
      folder: process.cwd(),
    })) {
      findings.push(finding);
      if (!json) session.out(findingText(finding, session.screen));
    }
    const counts = countsOf(findings);
    const isWell = counts.fail === 0;
    session.out(
      json ? `${JSON.stringify({ ok: isWell, counts, checks: findings })}\n` : `\n${countsText(counts)}`,
    );
    return isWell ? EXIT.done : EXIT.failed;
  },
});
