// The first file of a program that Node.js reads. Node.js 12 must be able to parse it, so that an old Node.js gets an
// explanation in place of a SyntaxError. The names in capital letters are set by the bundler.
'use strict';
const found = process.versions.node;
const [major, minor] = found.split('.').map(Number);
const [minMajor, minMinor] = MIN_NODE.split('.').map(Number);
if (major > minMajor || (major === minMajor && minor >= minMinor)) {
  require('./main.js');
} else {
  const problem = `${found} at ${process.execPath} is too old (required: ${MIN_NODE} or newer)`;
  const fix = `Install Node.js ${MIN_NODE} or newer, and put it first on the PATH of the user that runs Terraform.`;
  if (process.env.TF_PLUGIN_MAGIC_COOKIE !== undefined) {
    // Terraform shows the first line that a provider prints to stdout, and nothing of stderr.
    console.log(`${PROGRAM}: Node.js ${problem}. ${fix}`);
  } else if (process.argv[2] === 'doctor') {
    console.log(
      process.argv.includes('--json')
        ? JSON.stringify({
            ok: false,
            counts: { ok: 0, warn: 0, fail: 1, skip: 0 },
            checks: [{ id: 'node', title: 'Node.js', verdict: 'fail', detail: problem, fix }],
          })
        : `fail  Node.js  ${problem}\n      What to do: ${fix}`,
    );
  } else {
    console.error(`${PROGRAM}: Node.js ${problem}. ${fix}`);
  }
  process.exitCode = 1;
}
