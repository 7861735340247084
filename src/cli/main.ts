// The daemon's entry, started by the launcher (bin/anydhcpd), which has taken every privilege away and
// has left a helper behind a descriptor. Takes the signals over before anything else is loaded.

import "./signals.ts";

const { runDaemon } = await import("./daemon.ts");
await runDaemon();
