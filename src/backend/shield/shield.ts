// The kernel shield (--shield xdp), as a backend and the server know it.

import type { ShieldStatus, WantedListeners } from "../backend.ts";
import type { LocalView } from "../listen/local-view.ts";

/** Follows the interfaces of a backend. */
export interface Shield {
  /** The status of each interface that should have it. */
  readonly status: readonly ShieldStatus[];
  /** Counters since start, by name. */
  readonly counters: ReadonlyMap<string, number>;
  /** The backend judges by this view from now on. */
  onView(view: LocalView, wanted: WantedListeners): void;
  /** Takes it away from all interfaces. */
  close(): void;
}
