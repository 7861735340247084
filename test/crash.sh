#!/bin/sh
# `npm run crash`: kills the server again and again while clients get leases, and looks whether each lease that was
# confirmed is there at the next start, and no address is two clients'. First the lease store alone, in each of its
# kinds, then the whole daemon. How often of each: `npm run crash -- --cycles 1000`.
set -eu
cd "$(dirname "$0")/.."
cycles=100
case $# in
0) ;;
2) [ "$1" = --cycles ] && cycles=$2 || cycles= ;;
*) cycles= ;;
esac
case $cycles in
'' | 0* | *[!0-9]*)
	echo "usage: npm run crash -- [--cycles number]" >&2
	exit 2
	;;
esac
ANYDHCPD_CRASH_CYCLES=$cycles exec sh test/run.sh --project system --project netns \
	test/store/journal-kill.test.ts test/netns/crash.test.ts -t "kill"
