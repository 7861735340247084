// The daemon's entry, started by the launcher (bin/anydhcpd). It is CommonJS because the loader of ES modules starts
// threads of libuv's pool, which wait for the disk on the main thread's behalf. Here there are only Node's own: those
// that compile and collect garbage, and two that mostly sleep. They are made nicer than the main thread. After a start
// there is much to compile, and on one processor up to four such threads would take four fifths of it while clients wait.

const { readdirSync } = process.getBuiltinModule("node:fs");
const { getPriority, setPriority } = process.getBuiltinModule("node:os");

/**
 * How much nicer the other threads are than the main thread: each gets a tenth of its share. With more, code is
 * compiled so late that fewer clients are served after a start (docs/performance.md).
 */
const NICER = 10;
const NICEST = 19;

function makeOtherThreadsNicer(): void {
  let threads: readonly string[];
  try {
    threads = readdirSync("/proc/self/task");
  } catch {
    return; // no /proc here
  }
  // Another namespace's /proc has other numbers.
  if (!threads.includes(String(process.pid))) return;
  const nice = Math.min(NICEST, getPriority() + NICER);
  try {
    for (const thread of threads) if (Number(thread) !== process.pid) setPriority(Number(thread), nice);
  } catch {
    // A service manager's filter of system calls refuses it: clients wait longer while code is compiled, and are served.
  }
}

makeOtherThreadsNicer();
void import("./main.js");
