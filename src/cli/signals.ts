// The daemon's signals from its first moment on. Imported before everything else: a signal that comes while the daemon
// still starts is kept until its handler is there; Node's own reaction would be to end (HUP) or to open its debugger
// (USR1).

/** The signals that mean something to the daemon. */
export type DaemonSignal = "SIGTERM" | "SIGINT" | "SIGHUP" | "SIGUSR1";

const early = new Set<DaemonSignal>();
let handle: (signal: DaemonSignal) => void = (signal) => early.add(signal);

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"] as const) process.on(signal, () => handle(signal));

/** Hands every signal to `handler` from now on, those that have come already first. */
export function handleSignals(handler: (signal: DaemonSignal) => void): void {
  handle = handler;
  for (const signal of early) handler(signal);
  early.clear();
}
