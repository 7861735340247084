#!/bin/sh
# A process that is 19 nicer than another takes half of the processor all the same where the two are in different sessions:
# with kernel.sched_autogroup_enabled, which Debian's kernels have, niceness counts within a session only (sched(7)). A daemon
# that starts its helpers with setsid() and makes them nice has changed nothing.
# Exits 0 while this is so, or where autogroups are off. Needs util-linux; installs nothing. Takes six seconds of one processor.
set -eu

setting=/proc/sys/kernel/sched_autogroup_enabled
if [ "$(cat $setting 2>/dev/null || echo 0)" != 1 ]; then
	echo "autogroups are off here: nothing to see"
	exit 0
fi

# The share of one processor, in percent, of a loop that is 19 nicer than another one, which $1 starts.
share() {
	taskset -c 0 "$@" nice -n 19 sh -c 'while :; do :; done' &
	nicer=$!
	taskset -c 0 setsid sh -c 'while :; do :; done' &
	other=$!
	sleep 3
	nicer_ticks=$(cut -d' ' -f14 "/proc/$nicer/stat")
	other_ticks=$(cut -d' ' -f14 "/proc/$other/stat")
	kill "$nicer" "$other"
	echo $((100 * nicer_ticks / (nicer_ticks + other_ticks)))
}

uname -r
apart=$(share setsid)
echo "in a session of its own, 19 nicer: $apart % of the processor"
[ "$apart" -gt 30 ]
