// An ICE candidate as two devices tell it to each other: address and priority, and nothing about the machine that it came from.

import * as z from 'zod/mini';
import { whole } from '../../../shared/protocol/fields.ts';
import type { Candidate } from '../../conversation/call-content.ts';
import { MediaError } from '../media.ts';

const TYPES = ['host', 'srflx', 'prflx', 'relay'] as const;

const fields = z.strictObject({
  foundation: z.string().check(z.regex(/^[A-Za-z0-9+/]{1,32}$/)),
  priority: whole(1, 0x7fff_ffff),
  /** Literals only: a name would be looked up, and whoever answers for it would learn of the call. */
  address: z.union([z.ipv4(), z.ipv6()]),
  port: whole(1, 65_535),
  type: z.enum(TYPES),
});
export type IceCandidate = z.output<typeof fields>;

/** RFC 8839, section 5.1, without the related address: it would be the one behind the relay. One component (RTP and RTCP share it), over UDP. */
const CANDIDATE = /^candidate:(\S+) 1 udp ([0-9]+) (\S+) ([0-9]+) typ (\S+)$/;

/** @throws MediaError `bad-candidate` for every text that {@link writeCandidate} would not write */
export function readCandidate(text: string): IceCandidate {
  const candidate = parse(text);
  if (!candidate || writeCandidate(candidate) !== text) {
    throw new MediaError('bad-candidate', 'a candidate is not of the form that is allowed');
  }
  return candidate;
}

export function writeCandidate({ foundation, priority, address, port, type }: IceCandidate): string {
  return `candidate:${foundation} 1 udp ${priority} ${address} ${port} typ ${type}`;
}

/**
 * A candidate of this machine in the form in which it is told.
 * @param relayOnly of any other type none is told
 * @returns undefined for what is of no use to the other side: TCP, and the `.local` names that browsers make of addresses until a page may use the microphone
 */
export function ownCandidate(
  own: Pick<RTCIceCandidate, 'candidate' | 'sdpMid'>,
  relayOnly: boolean,
): Candidate | undefined {
  const [start] = own.candidate.split(/ (?:raddr|tcptype|generation|ufrag|network-id|network-cost) /);
  const candidate = parse(start ?? '');
  if (!candidate || (relayOnly && candidate.type !== 'relay')) return undefined;
  return { candidate: writeCandidate(candidate), mid: own.sdpMid === '1' ? '1' : '0' };
}

function parse(text: string): IceCandidate | undefined {
  const [, foundation, priority, address, port, type] = CANDIDATE.exec(text) ?? [];
  return fields.safeParse({ foundation, priority: Number(priority), address, port: Number(port), type }).data;
}
