import { TIMER_SECONDS, type TimerSeconds } from '../../client/index.ts';
import { ChatError } from './chat-error.ts';
import { durationName, parseDuration } from './durations.ts';
import type { Command } from './session.ts';

/** What can be typed after a slash about people, messages and devices. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  me: {
    usage: '/me',
    does: 'your contact link: give it to people who may write to you',
    run: async ({ client, print }) => print(client.contactLink),
  },
  add: {
    usage: '/add LINK NAME',
    does: 'make somebody known by their link, and write to them',
    async run(session, [link = '', name = '']) {
      const { client, names, print } = session;
      if (!name) throw new ChatError('what shall they be called? /add LINK NAME');
      const account = await client.addContact(link);
      await names.set(account, name);
      session.writeTo(account);
      print(`* you write to ${name}`);
    },
  },
  to: {
    usage: '/to NAME',
    does: 'write to somebody else',
    async run(session, [name = '']) {
      session.writeTo(await session.find(name));
      session.print(`* you write to ${name}`);
    },
  },
  list: {
    usage: '/list',
    does: 'your conversations',
    async run({ client, names, print }) {
      for (const { account, standing, unread, timer } of await client.conversations.list()) {
        print(`* ${names.of(account)}: ${standing}, ${unread} unread, messages disappear: ${durationName(timer)}`);
      }
    },
  },
  accept: {
    usage: '/accept NAME [NEW-NAME]',
    does: 'read and answer somebody who wrote to you',
    async run(session, [name = '', newName]) {
      const account = await session.find(name);
      if (newName) await session.names.set(account, newName);
      session.writeTo(account);
      await session.client.conversations.accept(account);
      session.print(`* you write to ${session.names.of(account)}`);
    },
  },
  block: {
    usage: '/block NAME',
    does: 'hear nothing more of somebody; they do not learn of it',
    async run(session, [name = '']) {
      await session.client.conversations.block(await session.find(name));
      session.print('* blocked');
    },
  },
  timer: {
    usage: '/timer TIME',
    does: `messages disappear that long after they were read: ${TIMER_SECONDS.map(durationName).join(', ')}`,
    async run(session, [time = '']) {
      const { client, print } = session;
      const seconds: TimerSeconds | undefined = parseDuration(time);
      if (seconds === undefined) throw new ChatError(`one of ${TIMER_SECONDS.map(durationName).join(', ')}`);
      await client.conversations.setTimer(session.current(), seconds);
      print(`* messages disappear: ${durationName(seconds)}`);
    },
  },
  react: {
    usage: '/react EMOJI',
    does: 'react to the last message',
    async run(session, [emoji = '']) {
      const last = await session.last();
      await session.client.conversations.react(session.current(), last, emoji);
    },
  },
  answer: {
    usage: '/answer TEXT',
    does: 'answer the last message that was written to you',
    async run(session, words) {
      const reply = await session.last(({ author }) => author !== session.client.account);
      await session.client.conversations.send(session.current(), words.join(' '), { reply });
    },
  },
  edit: {
    usage: '/edit TEXT',
    does: 'change your last message',
    async run(session, words) {
      const { id } = await session.last(({ author }) => author === session.client.account);
      await session.client.conversations.edit(session.current(), id, words.join(' '));
    },
  },
  delete: {
    usage: '/delete',
    does: 'take your last message back, for everybody',
    async run(session) {
      const { id } = await session.last(({ author }) => author === session.client.account);
      await session.client.conversations.delete(session.current(), id);
    },
  },
  safety: {
    usage: '/safety',
    does: 'the number that you and the other person compare',
    async run(session) {
      const { client, print } = session;
      const contact = await client.contact(session.current());
      if (!contact?.safetyNumber) throw new ChatError('nothing is known of them yet');
      print(`* ${contact.safetyNumber.match(/.{5}/g)?.join(' ')}${contact.verified ? '  (compared)' : ''}`);
    },
  },
  compared: {
    usage: '/compared',
    does: 'say that the other person has the same number',
    async run(session) {
      const { client, print } = session;
      const contact = await client.contact(session.current());
      const isSame = contact?.safetyNumber && (await client.confirmSafetyNumber(contact.account, contact.safetyNumber));
      print(isSame ? '* noted: you will be told if it ever changes' : '* it has changed: compare again');
    },
  },
  devices: {
    usage: '/devices',
    does: 'which devices take part in this conversation',
    async run(session) {
      const { client, print } = session;
      const { own, theirs } = await client.selectedDevices(session.current());
      const all = (await client.contact(client.account))?.devices ?? [];
      print(
        `* yours: ${own.join(', ') || 'none'} of ${all.join(', ')} (this is ${client.device}); theirs: ${theirs.join(', ')}`,
      );
    },
  },
  select: {
    usage: '/select ID [ID …]',
    does: 'choose which of your devices take part in this conversation',
    async run(session, ids) {
      const { client, print } = session;
      await client.selectDevices(session.current(), ids.map(Number));
      print(`* chosen: ${ids.join(', ')}`);
    },
  },
  link: {
    usage: '/link CODE',
    does: 'make another device one of yours: the code is on its screen',
    async run(session, words) {
      const linking = await session.client.linkDevice(words.join(' '));
      const { name, shortCode } = linking.request;
      session.print(
        `* a device that calls itself "${name}" would read and write everything as you. Does it show ${shortCode}? /yes or /no`,
      );
      session.ask(async (yes) => {
        if (!yes) return linking.refuse();
        await linking.confirm();
        session.print(`* "${name}" is one of your devices now`);
      });
    },
  },
  remove: {
    usage: '/remove ID',
    does: 'take a device out of your account',
    async run({ client, print }, [id = '']) {
      await client.removeDevices([Number(id)]);
      print(`* device ${id} is out`);
    },
  },
  notices: {
    usage: '/notices',
    does: 'what you should know and have not dismissed',
    async run({ client, print }) {
      for (const notice of await client.notices()) {
        print(`! ${notice.kind}`);
        await client.dismissNotice(notice);
      }
    },
  },
};
