#!/bin/sh
# `npm test`: installs and builds what is missing, then runs all tests: pure ones, those of addon,
# helper and store, and those end to end in network namespaces. The last line is the count. It all
# runs in a process namespace, so that nothing survives; as an ordinary user also in a user namespace,
# and what needs more than that, or a tool that cannot be had, is skipped by name.
# Arguments go to vitest: `npm test -- test/netns/relay.test.ts`.
set -u
cd "$(dirname "$0")/.." || exit 1
PATH=$PATH:/usr/sbin:/sbin
export PATH

sh scripts/prepare.sh || exit 1

ANYDHCPD_TEST_COUNTS=$(mktemp)
export ANYDHCPD_TEST_COUNTS
trap 'rm -f "$ANYDHCPD_TEST_COUNTS"' EXIT

# As an ordinary user everything runs as root of a user namespace.
namespaces="--mount --pid --fork --kill-child --mount-proc"
[ "$(id -u)" = 0 ] || namespaces="--user --map-root-user $namespaces"
unshare $namespaces true 2>/dev/null || namespaces=

read -r began _ </proc/uptime
${namespaces:+unshare} $namespaces node node_modules/vitest/vitest.mjs run --passWithNoTests \
	--reporter=default --reporter=./test/support/summary-reporter.ts \
	--reporter=./test/support/conformance-reporter.ts "$@"
# A runner that has not come to its end has counted nothing: that is a failure.
[ -s "$ANYDHCPD_TEST_COUNTS" ] || echo "0 1 0" >"$ANYDHCPD_TEST_COUNTS"

# Each system call that the filter of a Node.js has refused is a line of the kernel's log, where that can be read.
if [ "${ANYDHCPD_TELL_REFUSED:-}" ] && lines=$(dmesg 2>/dev/null); then
	printf '%s\n' "$lines" | awk -F '[][]' -v began="$began" '
		/ type=1326 / && /exe="[^"]*\/node"/ && $2 + 0 >= began + 0 { print; refused++ }
		END { printf "%d system calls refused to the daemon meanwhile\n", refused }'
fi

awk '{ passed += $1; failed += $2; skipped += $3 }
	END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped; exit failed > 0 || passed == 0 }' \
	"$ANYDHCPD_TEST_COUNTS"
