// Errors that end the start or the run of the daemon and that a user can act on.

/** Stable codes: callers switch on these, never on text. */
export type DaemonErrorCode =
  | "config-invalid"
  | "config-unread"
  | "no-interface"
  | "bind-in-use"
  | "bind-failed"
  | "listeners-lost"
  | "helper-gone"
  | "lease-file-locked"
  | "lease-file-unreadable"
  | "lease-file-unwritable"
  | "lease-file-damaged"
  | "lease-file-foreign"
  | "package-missing"
  | "sandbox"
  | "store-refused"
  | "not-built"
  | "control"
  | "usage";

/** A failure that the user must hear of: lower-case text, "thing: trouble", with what to do. */
export class DaemonError extends Error {
  override readonly name = "DaemonError";
  readonly code: DaemonErrorCode;

  constructor(code: DaemonErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
