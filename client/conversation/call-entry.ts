// What is known of a call that is over or goes on, as pure functions: whatever order knowledge comes in, and any of it twice, every device ends with the same.

import { timeOf } from '../device/message-id.ts';
import type { CallMedia, CallOutcome } from './call-content.ts';
import type { CallRecord } from './records.ts';
import { deadlineAfter, earlier, shorterTimer, type Timer, unreadDeadline } from './timer.ts';

/** A call of a conversation, as the device that takes part knows it. */
export interface CallFacts {
  /** Id of its entry. */
  readonly id: string;
  /** The other account. */
  readonly conversation: string;
  readonly caller: string;
  readonly media: CallMedia;
  readonly outcome: CallOutcome;
  /** How long people talked. */
  readonly seconds: number;
  /** Of the conversation, when the call began. */
  readonly timer: Timer;
}

/**
 * What replaces what: each holds against those before it. `elsewhere` is what a device supposes that was only told to stop ringing; whoever took part knows
 * better, and a call that the caller says nobody answered was missed.
 */
export const OUTCOMES_IN_ORDER: readonly CallOutcome[] = [
  'ongoing',
  'elsewhere',
  'missed',
  'cancelled',
  'failed',
  'busy',
  'declined',
  'answered',
];

/** @param deadline when it goes, if its time has started */
export function callRecord(facts: CallFacts, deadline: number | null): CallRecord {
  const { id, conversation, caller: author, media, outcome, seconds, timer } = facts;
  const isUnread = outcome === 'missed' && author === conversation;
  const hasStarted = !isUnread && outcome !== 'ongoing';
  return {
    ...{ kind: 'call', author, id, media, outcome, seconds, timer, told: null },
    state: isUnread ? 'unread' : 'seen',
    deadline: hasStarted ? deadline : unreadDeadline(timer, timeOf(id)),
  };
}

/**
 * What holds of two things that are known of one call: the outcome that is later in the order; of one outcome, the longer call. Of the same twice, what was
 * read is read, what goes earlier goes, and the shorter timer counts.
 */
export function mergedCall(here: CallRecord, other: CallRecord): CallRecord {
  const difference = weight(here) - weight(other) || here.seconds - other.seconds;
  if (difference !== 0) return difference > 0 ? here : { ...other, told: here.told };
  const isAlike = here.state === other.state;
  const seen = here.state === 'seen' ? here : other;
  return {
    ...here,
    media: other.media === 'video' ? 'video' : here.media,
    timer: shorterTimer(here.timer, other.timer),
    state: seen.state,
    deadline: isAlike ? earlier(here.deadline, other.deadline) : seen.deadline,
  };
}

/** A person has seen at `now` that they were called: the time of the entry starts. */
export function readCall(record: CallRecord, now: number): CallRecord {
  if (record.state !== 'unread') return record;
  return { ...record, state: 'seen', deadline: deadlineAfter(record.timer, now) };
}

/** Another own device has seen it as a missed call, and told when it goes. */
export function callReadElsewhere(record: CallRecord, deadline: number | null): CallRecord {
  return mergedCall(record, { ...record, outcome: 'missed', seconds: 0, state: 'seen', deadline });
}

const weight = ({ outcome }: CallRecord): number => OUTCOMES_IN_ORDER.indexOf(outcome);
