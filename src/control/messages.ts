// What goes over the control socket, as schemas: a line of JSON each. The types that both sides use come
// from here; the daemon imports the types alone, because zod takes longer to load than the rest of its start.

import { z } from "zod";

/** A request that was not understood or cannot be met, with the reason. */
export const Refusal = z.strictObject({ error: z.string() });

/** A lease; octets in hexadecimal, times as ISO text of whole seconds. */
export const Lease = z.object({
  address: z.ipv4(),
  state: z.enum(["free", "offered", "bound", "expired", "released", "abandoned"]),
  starts: z.string(),
  ends: z.string(),
  lastTransaction: z.string(),
  hardware: z.string(),
  clientId: z.string(),
  hostName: z.string(),
  agentInformation: z.string(),
});
export type Lease = z.infer<typeof Lease>;
