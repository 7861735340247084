// Tells a service manager about our state (sd_notify(3)), if it has asked for that.

import { notifyUnix } from "../native/system-calls.ts";

/** What the service manager understands, one assignment a line. */
export type Notification = `READY=1${string}` | `RELOADING=1${string}` | "STOPPING=1";

/** Sends a notification; does nothing if no service manager waits for one. */
export function notifyManager(notification: Notification): void {
  const path = process.env["NOTIFY_SOCKET"];
  if (path !== undefined && path !== "") notifyUnix(path, notification);
}

/** The notification that a reload has begun. systemd compares its time with the time of its own request. */
export function reloadingNotification(): Notification {
  return `RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`;
}
