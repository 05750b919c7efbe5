// A call between two people who know each other: how long until they see each other, and what it asks of the server.

import { setTimeout } from 'node:timers/promises';
import { median } from '../growth/median.ts';
import type { Row } from '../row.ts';
import { Tally } from '../spine/tally.ts';
import { CallStage } from './stage.ts';

/** Calls that are counted. Nobody rings for more than six of one person in two minutes (CALLS.md, section 3), so each pair makes four each way, and one before. */
const PAIRS = 3;
const EACH_WAY = 4;
/** Nothing more comes of a call after so long without anything. */
const SILENCE_MS = 1_500;

export async function run(): Promise<Row[]> {
  const tally = new Tally();
  const stage = await CallStage.open(tally);
  try {
    return [...(await timeRows(stage)), ...(await requestRows(stage, tally))];
  } finally {
    await stage.close();
  }
}

async function timeRows(stage: CallStage): Promise<Row[]> {
  const ours: number[] = [];
  const bare: number[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const [one, other] = [`alice of ${pair}`, `bob of ${pair}`];
    await stage.acquaint(one, other);
    await stage.firstFrames(one, other);
    await stage.bareFrames();
    for (let call = 0; call < EACH_WAY; call++) {
      for (const [from, to] of [
        [one, other],
        [other, one],
      ] as const) {
        ours.push(await stage.firstFrames(from, to));
        bare.push(await stage.bareFrames());
      }
    }
  }
  const figure = { unit: 'ms', aim: null, lowerIsBetter: true };
  return [
    {
      name: 'a video call until both see each other',
      value: median(ours.map((time, i) => time / (bare[i] ?? Number.NaN))),
      unit: 'times',
      against: `two bare peer connections in one page through the same relay, ${ours.length} pairs`,
      aim: 1.3,
      lowerIsBetter: true,
    },
    {
      ...figure,
      name: 'a video call until both see each other',
      value: median(ours),
      against: 'nothing: only reported',
    },
    {
      ...figure,
      name: 'bare peer connections until both see each other',
      value: median(bare),
      against: 'nothing: only reported',
    },
  ];
}

async function requestRows(stage: CallStage, tally: Tally): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [devices, callee] of [
    [1, 'carol'],
    [2, 'dora'],
  ] as const) {
    const caller = `caller of ${callee}`;
    await stage.acquaint(caller, callee, devices);
    for (const outcome of ['answered', 'missed'] as const) {
      // A first time pays for what is fetched once.
      await stage[outcome](caller, callee);
      await silence(tally);
      tally.reset();
      await stage[outcome](caller, callee);
      await silence(tally);
      rows.push(...costs(`a call to ${devices === 1 ? 'one device' : `${devices} devices`}, ${outcome}`, tally));
    }
  }
  return rows;
}

/** What is still told to the own other devices, and acknowledged, belongs to the call. */
async function silence(tally: Tally): Promise<void> {
  for (let before = -1; before !== tally.messages; await setTimeout(SILENCE_MS)) before = tally.messages;
}

const costs = (name: string, tally: Tally): Row[] =>
  (
    [
      ['API Gateway', tally.messages, 'messages'],
      ['Lambda', tally.invocations, 'invocations'],
      ['DynamoDB', tally.allRequests, 'requests'],
    ] as const
  ).map(([of, value, unit]) => ({
    name: `${name}: ${of}`,
    value,
    unit,
    against: 'counted at the emulator',
    aim: null,
    lowerIsBetter: true,
  }));
