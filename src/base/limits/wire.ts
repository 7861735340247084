// Limits of messages and of their options (src/wire).

/** Largest reply we build: an Ethernet MTU less IP and UDP headers. */
export const REPLY_OCTETS_MAX = 1472;

/** Smallest maximum message size a client can mean (RFC 2132 section 9.10), less IP and UDP headers. */
export const REPLY_OCTETS_MIN_MAX = 576 - 28;

/** BOOTP messages are padded to this (RFC 1542 section 2.1). */
export const MESSAGE_OCTETS_MIN = 300;

/** Kinds of replies of one scope that are kept to be copied, and the most octets of options of each. */
export const REPLY_TEMPLATES_MAX = 8;
export const REPLY_TEMPLATE_OCTETS_MAX = 512;

/** Hop count above which a query is dropped (RFC 1542 section 4.1.1). */
export const HOPS_MAX = 16;

/** Total octets that one split option may add up to (RFC 3396 has no bound). */
export const OPTION_OCTETS_MAX = 4096;

/** Options, pieces of split ones counted singly, that one message may hold; clients send about fifteen. */
export const OPTION_PIECES_MAX = 256;

/** Longest client identifier that is kept with a lease: option 61 cannot be longer unless split. */
export const CLIENT_ID_OCTETS_MAX = 255;
