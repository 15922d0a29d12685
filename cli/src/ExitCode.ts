/** What a call of `consilium` ends with. docs/cli.md tells them to those who write scripts; a number never changes its meaning. */
export const EXIT_CODES = {
  /** It did what it was asked for. */
  ok: 0,
  /** It failed for a reason that has no number of its own. */
  failed: 1,
  /** Command, option, value or config file cannot be used. */
  usage: 2,
  /** The consortium's policy says no: a request was denied, a grant is not in force. */
  denied: 3,
  /** Chain, index, gateway or remote signer does not answer; trying again may help. */
  unreachable: 4,
  /** There is no key, it does not open, or its holder declined. */
  key: 5,
  /** A contract refused the call. */
  refused: 6,
  /** What was delivered is not what was anchored. */
  unverified: 7,
  /** Whoever read its results went before their end, as `head` does; 128 and the number of SIGPIPE. */
  unread: 141,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];
