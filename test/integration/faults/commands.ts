import * as fc from 'fast-check';

/** Which of the devices of a history: 0 Alice's, 1 and 2 Bob's. */
export type Who = 0 | 1 | 2;

/** One thing that somebody does. */
export type Command =
  | {
      readonly kind: 'send';
      readonly who: Who;
      readonly to: 'alice' | 'bob';
      readonly ttl: number;
      readonly times: number;
    }
  | { readonly kind: 'pull' | 'connect' | 'cut'; readonly who: Who }
  /** Pulls, and acknowledges every second copy or all. */
  | { readonly kind: 'ack'; readonly who: Who; readonly all: boolean }
  /** Bob's second device is removed, and another takes its id. */
  | { readonly kind: 'replace' }
  | { readonly kind: 'wait'; readonly seconds: number };

const who = fc.constantFrom<Who>(0, 1, 2);

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      who,
      to: fc.constantFrom('alice' as const, 'bob' as const),
      // Short ones that expire within the history, long ones that must not, and those that are never stored.
      ttl: fc.constantFrom(0, 20, 600, 86_400, 86_400),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('pull' as const, 'connect' as const), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cut' as const), who }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('ack' as const), who, all: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'replace' as const }) },
  // Within a message's life, beyond an idle connection's, beyond the life of any connection.
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.constantFrom(30, 660, 7_600) }) },
);

/** Rounds of commands; those of one round are done at once. */
export const history = (rounds: number): fc.Arbitrary<readonly (readonly Command[])[]> =>
  fc.array(fc.array(command, { minLength: 2, maxLength: 5 }), { minLength: rounds, maxLength: rounds });

/** For clocks of clients: half a minute, or nearly as much as the protocol bears. */
export const skews = fc.array(fc.constantFrom(0, 30_000, -30_000, 280_000, -280_000), { minLength: 3, maxLength: 3 });
