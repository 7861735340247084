// The version of the control protocol. Members may be added within a version; a member that goes or changes its meaning
// makes the next version.

/** The version that this daemon and this anydhcpctl speak. */
export const CONTROL_VERSION = 1;
