#!/bin/sh
# Of two busy processes on one processor the one that is 19 nicer gets next to nothing, as long as both are in one session. In two
# sessions it gets half of the processor: with kernel.sched_autogroup_enabled niceness counts within a session only (sched(7)). A
# daemon that starts its helpers with setsid() and makes them nice has changed nothing.
# Exits 0 while this is so, or where autogroups are off. Needs util-linux; installs nothing. Takes six seconds of one processor.
set -eu

setting=/proc/sys/kernel/sched_autogroup_enabled
if [ "$(cat $setting 2>/dev/null || echo 0)" != 1 ]; then
	echo "autogroups are off here: nothing to see"
	exit 0
fi

ticks() {
	cut -d' ' -f14 "/proc/$1/stat"
}

# The share of one processor, in percent, of a loop that is 19 nicer than another one. Both are started by "$@".
share() {
	taskset -c 0 "$@" nice -n 19 sh -c 'while :; do :; done' &
	nicer=$!
	taskset -c 0 "$@" sh -c 'while :; do :; done' &
	other=$!
	sleep 3
	echo $((100 * $(ticks $nicer) / ($(ticks $nicer) + $(ticks $other))))
	kill "$nicer" "$other"
}

uname -r
together=$(share env)
apart=$(share setsid)
echo "19 nicer: $together % of the processor in one session, $apart % in a session of its own"
[ "$together" -lt 10 ] && [ "$apart" -gt 30 ]
