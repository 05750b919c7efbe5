// npm run demo: the story of two people, told by real programs on a real copy of the backend.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Actor } from './demo/actor.ts';
import { type Liar, startLiar } from './demo/liar.ts';

interface Stage {
  readonly directory: string;
  readonly url: string;
  /** Whether there is a relay for calls. */
  readonly hasRelay: boolean;
  readonly liar: Liar;
  readonly actors: Actor[];
}

const scene = (title: string) => console.log(`\n--- ${title}\n`);

async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'sotto-demo-'));
  const actors: Actor[] = [];
  let liar: Liar | undefined;
  try {
    scene('The backend, as it would run on AWS, starts on this machine.');
    const cloud = new Actor('backend', 'local/start.ts', ['--ephemeral', '--port', '0'], (line) => line || undefined);
    actors.push(cloud);
    const [, url = ''] = await cloud.hears(/clients connect to\s+(\S+)/);
    const [, relay = ''] = await cloud.hears(/calls are relayed\s+(.+)/);
    liar = await startLiar(url);
    await story({ directory, url, hasRelay: relay.startsWith('at '), liar, actors });
  } finally {
    for (const actor of actors.reverse()) await actor.end();
    await liar?.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Each person's device is a process of its own, running `npm run chat`. */
function enter({ directory, url, liar, actors }: Stage, name: string, ...args: string[]): Actor {
  const options = ['--name', name, '--url', url, '--store', directory, ...args];
  const via = name === 'alice' ? ['--via', liar.url] : [];
  const isNoise = (line: string) => /^\* (connecting|waiting|online)/.test(line);
  const actor = new Actor(name, 'tools/chat.ts', [...options, ...via], (line) => (isNoise(line) ? undefined : line));
  actors.push(actor);
  return actor;
}

async function story(stage: Stage): Promise<void> {
  scene('Alice and Bob each make an account. Its keys never leave their devices.');
  const alice = enter(stage, 'alice');
  const phone = enter(stage, 'bob-phone');
  await Promise.all([alice.hears(/this is device 1/), phone.hears(/this is device 1/)]);

  scene('Bob links his laptop. Both screens show one code, and both have to say yes.');
  const laptop = await linkLaptop(stage, phone, 'bob-laptop');

  scene('Bob gives Alice his link. She is a stranger to him until he accepts her.');
  phone.type('/me');
  const [link = ''] = await phone.hears(/sotto:contact:\S+/);
  alice.type(`/add ${link} bob`);
  await alice.hears(/you write to bob/);
  alice.type('Hello Bob, it is me.');
  const [, stranger = ''] = await phone.hears(/\* (\S+) wants to write to you/);
  phone.type(`/accept ${stranger} alice`);
  await phone.hears(/alice: Hello Bob/);
  laptop.type(`/to ${stranger}`);

  scene('They compare their safety number, on the telephone for instance: nobody stands between them.');
  alice.type('/safety');
  phone.type('/safety');
  const [[ours], [theirs]] = await Promise.all([alice.hears(/(\d{5} ?){12}/), phone.hears(/(\d{5} ?){12}/)]);
  if (ours !== theirs) throw new Error('the safety numbers differ');
  alice.type('/compared');
  await alice.hears(/noted/);

  scene('They talk. Every device of both shows the same.');
  phone.type('Hello Alice!');
  await Promise.all([alice.hears(/bob: Hello Alice/), laptop.hears(/you: Hello Alice/)]);

  scene('From now on, messages disappear five seconds after they were read. On every device.');
  alice.type('/timer 5s');
  await alice.hears(/messages disappear: 5s/);
  alice.type('The key is under the mat.');
  await Promise.all([phone, laptop].map((device) => device.hears(/under the mat/)));
  await Promise.all([alice, phone, laptop].map((device) => device.hears(/a message disappeared/)));

  scene('Bob removes his laptop. It is out at once.');
  // Already now: Alice's program may ask for the new list before she writes, and afterwards there is none to lie about.
  stage.liar.lies = true;
  phone.type('/remove 2');
  await Promise.all([phone.hears(/device 2 is out/), laptop.hears(/refused/)]);

  scene("The server lies: it adds a device of its own to Bob's list, to read along.");
  alice.type('Is it only you who reads this?');
  await alice.hears(/! refused/);
  alice.type('/notices');
  await alice.hears(/^! refused$/);
  console.log("\nAlice's program did not believe it: the list does not carry the signature of Bob's account key.");
  console.log('It kept the evidence, told her, and encrypted nothing for that device.');

  scene('The server is honest again, and Bob has a new laptop. What Alice says reaches it when he chooses so.');
  stage.liar.lies = false;
  const newLaptop = await linkLaptop(stage, phone, 'bob-new-laptop');
  phone.type('/select 1 2');
  await phone.hears(/chosen: 1, 2/);
  phone.type('I have a new laptop.');
  await Promise.all([alice.hears(/bob: I have a new laptop/), newLaptop.hears(/you: I have a new laptop/)]);

  await videoCall(stage, { alice, phone, laptop: newLaptop });
}

async function linkLaptop(stage: Stage, phone: Actor, name: string): Promise<Actor> {
  const laptop = enter(stage, name, '--join');
  const [, command = ''] = await laptop.hears(/type: (\/link .+)/);
  phone.type(command);
  const [, code] = await phone.hears(/Does it show (.+)\? /);
  phone.type('/yes');
  const [, same] = await laptop.hears(/must show (.+)\. /);
  if (code !== same) throw new Error('the codes differ');
  laptop.type('/yes');
  await Promise.all([phone.hears(/is one of your devices now/), laptop.hears(/this is device 2/)]);
  return laptop;
}

async function videoCall(
  { hasRelay }: Stage,
  { alice, phone, laptop }: Readonly<Record<'alice' | 'phone' | 'laptop', Actor>>,
): Promise<void> {
  scene('Alice calls Bob, with video. Both his devices ring; he answers on the phone, and the laptop stops.');
  if (!hasRelay)
    console.log('There is no relay here, because coturn is not installed: both allow a direct path instead.\n');
  const permission = hasRelay ? '' : ' direct';
  alice.type(`/call video${permission}`);
  await Promise.all([phone, laptop].map((device) => device.hears(/alice is calling|[0-9a-f]{8} is calling/)));
  phone.type(`/pick${permission}`);
  await laptop.hears(/is over: elsewhere/);

  scene('They see and hear each other. Each program says which way that has come.');
  const way = hasRelay ? /received through the relay.*picture/ : /received directly.*picture/;
  const codes = [alice, phone].map((device) => device.hears(/code (\d{4} \d{4})/));
  const [[, ours], [, theirs]] = (await Promise.all(codes)) as [RegExpExecArray, RegExpExecArray];
  await Promise.all([alice, phone].map((device) => device.hears(way)));
  if (ours !== theirs) throw new Error('the codes of the call differ');
  console.log(`\nBoth read ${ours} on their screens, and tell each other: nobody stands between them.\n`);
  alice.type('/hangup');
  await phone.hears(/is over: ended/);
}

await main();
