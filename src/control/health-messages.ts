// The answer to `health`, `drain` and `undrain`, as a schema (messages.ts has the others).

import { z } from "zod";

/** Whether clients should be sent to this server, and why not; the answer to `health`, `drain` and `undrain`. */
export const Health = z.object({
  /** degraded: it still renews leases, and another server would do better. */
  state: z.enum(["healthy", "degraded", "unhealthy"]),
  checks: z
    .array(
      z.object({
        name: z.enum([
          "drain",
          "listeners",
          "exchange",
          "leases",
          "store",
          "cluster",
          "clock",
          "firewall",
          "addresses",
          "script",
          "shield",
        ]),
        state: z.enum(["ok", "warning", "degraded", "failed"]),
        reason: z.string(),
      }),
    )
    .readonly(),
});
export type Health = z.infer<typeof Health>;
