/**
 * The Sotto client: secret conversations for applications in browsers and Node.
 *
 * {@link createAccount} or {@link joinAccount} once, then {@link Sotto.open} with every start. Stores and platforms come from
 * `@sotto/client/node` and `@sotto/client/browser`.
 */
export { ProtocolError } from '../shared/protocol/errors.ts';
export {
  type AccountOptions,
  createAccount,
  hasAccount,
  type Join,
  joinAccount,
  type NewAccount,
  type Recovery,
  recoverAccount,
} from './account.ts';
export { CallError, type CallErrorCode } from './call/call-error.ts';
export type { Calls } from './call/calls.ts';
export { type MediaEngine, MediaError, type MediaErrorCode, type MediaLeg, type Sending } from './call/media.ts';
export type { CallOptions } from './call/open-calls.ts';
export type { CallChoice, ShownCall } from './call/shown-call.ts';
export { WebRtcLeg } from './call/webrtc/leg.ts';
export { type WebRtcMedia, webRtcMedia } from './call/webrtc/webrtc-media.ts';
export type { CallMedia, CallOutcome } from './conversation/call-content.ts';
export { ConversationError, type ConversationErrorCode } from './conversation/conversation.ts';
export type { Conversations } from './conversation/conversations.ts';
export type { Refusal } from './conversation/courier.ts';
export type { Privacy } from './conversation/settings.ts';
export { TIMER_SECONDS, type TimerSeconds } from './conversation/timer.ts';
export type { ConversationView, MessageView, Page } from './conversation/views.ts';
export { IdentityError } from './identity/identity-error.ts';
export type { Notice } from './identity/notice.ts';
export type { Block } from './identity/standing.ts';
export type { Proposal } from './linking/joining.ts';
export { LinkError } from './linking/link-error.ts';
export type { Linking, LinkRequest } from './linking/linking.ts';
export { type Contact, Sotto, type SottoOptions } from './sotto.ts';
export { openMemoryStore } from './storage/memory-store.ts';
export type { RecordStore } from './storage/record-store.ts';
export { StorageError } from './storage/storage-error.ts';
export type { TransportState } from './transport/line.ts';
export type { Platform } from './transport/platform.ts';
export { TransportError } from './transport/transport-error.ts';
