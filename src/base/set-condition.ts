// The conditions of a firewall set, as the server finds them and metrics and status show them.

/**
 * ok; missing: there is no such set; unsuitable: it has elements of another kind; full; failed: the kernel refuses
 * changes; unreachable: there is no process that changes it.
 */
export const SET_CONDITIONS = ["ok", "missing", "unsuitable", "full", "failed", "unreachable"] as const;
export type SetCondition = (typeof SET_CONDITIONS)[number];
