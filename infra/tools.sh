# shellcheck shell=bash
# The scripts' tools, each at a pinned version and none installed outside the clone. Sourced, never run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# python_tools FILE: has what the requirements file names in .venv, and .venv first in PATH.
python_tools() {
  local wanted=$root/infra/$1 installed=$root/.venv/installed-$1
  if ! cmp -s "$wanted" "$installed"; then
    [[ -x $root/.venv/bin/pip ]] || python3 -m venv "$root/.venv"
    "$root/.venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted"
    cp "$wanted" "$installed"
  fi
  PATH=$root/.venv/bin:$PATH
}

# node_tools: has what infra/package-lock.json names, whose own scripts are not run.
node_tools() {
  local wanted=$root/infra/package-lock.json installed=$root/infra/node_modules/installed-package-lock.json
  if ! cmp -s "$wanted" "$installed"; then
    (cd "$root/infra" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
    cp "$wanted" "$installed"
  fi
}

osls() {
  node_tools
  (cd "$root/infra" && NODE_NO_WARNINGS=1 node_modules/.bin/osls "$@")
}

# stack_output STAGE NAME
stack_output() {
  osls info --verbose --stage "$1" | awk -v name="$2:" '$1 == name { print $2 }'
}

# api_url STAGE: an emulator serves every API under its own address, and knows no other.
api_url() {
  if [[ ${AWS_ENDPOINT_URL:-} ]]; then
    echo "${AWS_ENDPOINT_URL%/}/_aws/execute-api/$(stack_output "$1" HttpApiId)/\$default"
  else
    stack_output "$1" HttpApiUrl
  fi
}

# public_url STAGE: where platforms find it, at its own name if it has one. An emulator does not serve that.
public_url() {
  local named=
  [[ ${AWS_ENDPOINT_URL:-} ]] || named=$(stack_output "$1" DomainUrl)
  echo "${named:-$(api_url "$1")}"
}

fail() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}
