#!/bin/sh
# `npm test`: installs and builds what is missing, then runs all tests: pure ones, those of addon,
# helper and store, and those end to end in network namespaces. The last line is the count. As root
# everything runs in a process namespace, so that nothing survives; as an ordinary user the tests in
# network namespaces run in a user namespace, and what needs more than that is skipped by name.
# Arguments go to vitest: `npm test -- test/netns/relay.test.ts`.
set -u
cd "$(dirname "$0")/.." || exit 1
PATH=$PATH:/usr/sbin:/sbin
export PATH

sh scripts/prepare.sh || exit 1

ANYDHCPD_TEST_COUNTS=$(mktemp)
export ANYDHCPD_TEST_COUNTS
trap 'rm -f "$ANYDHCPD_TEST_COUNTS"' EXIT

# Runs vitest in the namespaces of the first argument, if they can be had; else as it is.
run_tests() {
	namespaces=$1
	shift
	if [ -z "$namespaces" ] || ! unshare $namespaces true 2>/dev/null; then
		namespaces=
	fi
	# Without a counted end (a crash of the runner) there is a failure to count.
	lines=$(wc -l <"$ANYDHCPD_TEST_COUNTS")
	${namespaces:+unshare} $namespaces node node_modules/vitest/vitest.mjs run --passWithNoTests \
		--reporter=default --reporter=./test/support/summary-reporter.ts "$@"
	[ "$(wc -l <"$ANYDHCPD_TEST_COUNTS")" -gt "$lines" ] || echo "0 1 0" >>"$ANYDHCPD_TEST_COUNTS"
}

process_namespace="--mount --pid --fork --kill-child --mount-proc"
if [ "$(id -u)" = 0 ]; then
	run_tests "$process_namespace" "$@"
else
	run_tests "" --project unit --project system "$@"
	run_tests "--user --map-root-user $process_namespace" --project netns "$@"
fi

awk '{ passed += $1; failed += $2; skipped += $3 }
	END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped; exit failed > 0 || passed == 0 }' \
	"$ANYDHCPD_TEST_COUNTS"
