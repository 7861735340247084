// Limits of reading a configuration (src/config).

/** Errors reported from one configuration before the rest is left out. */
export const DIAGNOSTICS_MAX = 100;
