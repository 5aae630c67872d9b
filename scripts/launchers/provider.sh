#!/bin/sh
# Terraform shows the first line that a provider prints to stdout, and nothing of stderr.
if ! command -v node >/dev/null 2>&1; then
  echo "PROGRAM: there is no \"node\" on the PATH of the user that runs Terraform (PATH=$PATH). Install Node.js MIN_NODE or newer there."
  exit 1
fi
exec node "${0%/*}/PROGRAM-node.js" "$@"
