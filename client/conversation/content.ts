// What people and their devices say to each other, by type. What the server carries is not here: these are the plaintexts.

import * as z from 'zod/mini';
import { utf8 } from '../../shared/protocol/bytes.ts';
import { accountId, messageId, time, whole } from '../../shared/protocol/fields.ts';
import { callEntry, callHandover, callNote, callSignals } from './call-content.ts';
import { timer } from './timer.ts';

/** UTF-8 bytes of a text as JSON writes it, where a quotation mark or a new line is two. What is longer belongs in a file. */
export const TEXT_BYTES = 4_096;
/** UTF-8 bytes of a reaction: the longest emoji there are take 35. */
export const REACTION_BYTES = 40;
/** Messages that one receipt or one note about reading names. */
export const NAMED_MESSAGES = 50;

const text = z.string().check(
  z.minLength(1),
  z.refine((value) => value.isWellFormed() && utf8(JSON.stringify(value)).length <= TEXT_BYTES),
);
/** One emoji: a control type has no room for words. */
const emoji = z.string().check(
  z.regex(/^\p{RGI_Emoji}$/v),
  z.refine((value) => utf8(value).length <= REACTION_BYTES),
);
/** 32 bytes in base64url. */
const digest = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/));

/** A message somebody wrote. The hash is over its payload: who wrote two under one id does not get one reaction for both. */
const target = z.strictObject({ author: accountId, id: messageId, hash: digest });
export type Target = z.output<typeof target>;

const head = { version: z.literal(1), id: messageId, from: accountId, to: accountId };

const written = z.strictObject({
  ...head,
  type: z.literal('text'),
  text,
  timer,
  /** What it answers. Only a name: the quote is read from the reader's own copy, and goes when that goes. */
  reply: z.optional(target),
  /** 16 random bytes. The hash of the payload stays in replies when the message has gone; without them it could be guessed from. */
  salt: z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/)),
});
export type Written = z.output<typeof written>;

const edit = z.strictObject({ ...head, type: z.literal('edit'), target, text });
const reaction = z.strictObject({ ...head, type: z.literal('reaction'), target, emoji: z.nullable(emoji) });
const deletion = z.strictObject({ ...head, type: z.literal('delete'), target });
const timerChange = z.strictObject({ ...head, type: z.literal('timer'), timer });

/** Changes what is there for everybody; each device of both people applies it. */
const change = z.discriminatedUnion('type', [edit, reaction, deletion]);
export type Change = z.output<typeof change>;

/** What a person says or does in a conversation, and what their own other devices are told of it. */
const said = z.discriminatedUnion('type', [written, edit, reaction, deletion, timerChange]);
export type Said = z.output<typeof said>;

const receipt = z.strictObject({
  ...head,
  type: z.literal('receipt'),
  kind: z.enum(['delivered', 'read']),
  messages: z.array(z.strictObject({ id: messageId, hash: digest })).check(z.minLength(1), z.maxLength(NAMED_MESSAGES)),
});
const typing = z.strictObject({ ...head, type: z.literal('typing'), active: z.boolean() });
/** The letter with this id could not be decrypted. */
const resendRequest = z.strictObject({ ...head, type: z.literal('resend-request'), letter: messageId });
/** What was said, again, for a device that asked for it. */
const resent = z.strictObject({ ...head, type: z.literal('resent'), original: said });

/** What this device of mine said to somebody. `deadline`: when the sending device's own copy goes. */
const sent = z.strictObject({ ...head, type: z.literal('sent'), original: said, deadline: z.nullable(time) });
/** What the other side wrote and was read, and when each of it goes. */
const read = z.strictObject({
  ...head,
  type: z.literal('read'),
  conversation: accountId,
  messages: z
    .array(z.strictObject({ id: messageId, deadline: z.nullable(time) }))
    .check(z.minLength(1), z.maxLength(NAMED_MESSAGES)),
});
/** What a person decided about somebody. The higher version holds. */
const standing = z.strictObject({
  ...head,
  type: z.literal('standing'),
  conversation: accountId,
  standing: z.enum(['accepted', 'blocked']),
  revision: whole(1, 0x7fff_ffff),
});
const settings = z.strictObject({
  ...head,
  type: z.literal('settings'),
  deliveryReceipts: z.boolean(),
  readReceipts: z.boolean(),
  typing: z.boolean(),
  revision: whole(1, 0x7fff_ffff),
});

/** What somebody else may say. */
const fromPeer = z.discriminatedUnion('type', [
  written,
  edit,
  reaction,
  deletion,
  timerChange,
  receipt,
  typing,
  resendRequest,
  resent,
  ...callSignals,
  callNote,
]);
/** What other devices of the own account may say. */
const fromOwn = z.discriminatedUnion('type', [sent, read, standing, settings, resendRequest, callHandover, callEntry]);

/** By the channel that it comes on. A type on another channel is none: nobody else may tell a device what its owner has read. */
export const CONTENT = { peer: fromPeer, own: fromOwn } as const;
export type PeerContent = z.output<typeof fromPeer>;
export type OwnContent = z.output<typeof fromOwn>;
export type Content = PeerContent | OwnContent;
export type ContentType = Content['type'];
export type ContentOf<Type extends ContentType> = Extract<Content, { type: Type }>;

export { change as changeSchema, digest, emoji as emojiSchema, text as textSchema, written as writtenSchema };
