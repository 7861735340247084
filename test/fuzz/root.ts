// Where the repository is, from here and from where this is compiled to.

/** The repository's folder. */
export const ROOT = import.meta.dirname.replace(/\/test\/fuzz(?:\/build\/js\/test\/fuzz)?$/, "");
