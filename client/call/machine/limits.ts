// How long each state of a call may last, and what is kept of calls (CALLS.md, sections 2 and 3). Milliseconds.

/** From the gesture of the caller to the first offer: where no relay runs, one has to be started first, which takes about a minute. */
export const PREPARING_MS = 90_000;
/** From the offer on, by the server's clock. As long as signals live at the server. */
export const RINGING_MS = 60_000;
export const SIGNAL_MS = 60_000;
/** From a person's accepting (or declining) to the confirmation (or the server's answer to the claim). */
export const ANSWERING_MS = 20_000;
export const CONNECTING_MS = 30_000;
/** Most paths come back by themselves within this time. */
export const RESTART_AFTER_MS = 2_000;
export const INTERRUPTED_MS = 30_000;
export const HANDOVER_MS = 60_000;

/** An ended call is shown for so long. */
export const SHOWN_MS = 60_000;
/** Longer than any signal of the call can be under way, with room for two clocks. */
export const REMEMBERED_MS = 120_000;
/** Ended calls that are remembered; the oldest go first. A person who floods is not rung for more than six of them. */
export const REMEMBERED_CALLS = 256;

/** Signals that wait for what they belong to. */
export const EARLY_PER_DEVICE = 32;
export const EARLY_IN_ALL = 256;

/** Own candidates that wait until they may be said. A browser finds fewer. */
export const WAITING_CANDIDATES = 64;

export const GENERATIONS = 99;
