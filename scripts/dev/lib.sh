# Shared by the scripts beside it: places, talk, and steps that are done once.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
deps=$root/.deps
cd "$root"

say() { printf '\033[2m%s\033[0m %s\n' "${1}" "${*:2}" >&2; }
die() { printf 'gyre-dev: %s\n' "$*" >&2; exit 1; }

# help_if_asked "$1": the comment at the head of the calling script is its help.
help_if_asked() {
  case ${1:-} in -h | --help) sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;; esac
}

# once NAME FINGERPRINT COMMAND...: runs the command unless it has run before with this fingerprint.
once() {
  local stamp=$deps/stamps/$1 fingerprint=$2
  [ "$(cat "$stamp" 2>/dev/null)" = "$fingerprint" ] && return 0
  "${@:3}"
  mkdir -p "$deps/stamps"
  printf '%s\n' "$fingerprint" > "$stamp"
}

digest() { cat "$@" | sha256sum | cut -d' ' -f1; }

pin() { awk -v name="$1" -v field="$2" '$2 == name { print $field }' "$root/third_party/pins" "$root/tests/compat/clients/pins"; }

# A Node.js of version 20 or newer: the machine's, or the pinned one that setup unpacked.
use_node() {
  local major
  major=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/' || true)
  [ "${major:-0}" -ge 20 ] && return 0
  export PATH=$deps/node/bin:$PATH
}
