// The version of the control protocol. Members may be added within one; what is taken away or means something else makes
// the next.

/** The version that this daemon and this anydhcpctl speak. */
export const CONTROL_VERSION = 1;
