import { median } from './median.ts';
import { sendEvent } from './send-scene.ts';

/*
 * A process that runs two handlers in turns, so that both are measured in the same weather, and reports the median of their ratio and the microseconds
 * of the second. Arguments: the two modules, the number of devices, the bytes of a ciphertext.
 */

const TURNS = 25;
const SENDS_PER_TURN = 40;
const WARM_UP = 400;

type Handler = (event: unknown, context: unknown) => Promise<{ body?: string }>;

const [oursFile = '', bareFile = '', devices = '1', bytes = '1'] = process.argv.slice(2);
const ours: Handler = (await import(oursFile)).handler;
const bare: Handler = (await import(bareFile)).handler;
let sent = 0;

/** @throws Error when a send is refused: then something else would be measured */
async function send(handler: Handler, times: number): Promise<number> {
  const events = Array.from({ length: times }, () => sendEvent(Number(devices), Number(bytes), sent++));
  const before = process.threadCpuUsage();
  for (const event of events) {
    const { body = '' } = await handler(event, {});
    if (!body.includes('"ok":true')) throw new Error(`refused: ${body}`);
  }
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / times;
}

const ratios: number[] = [];
const floors: number[] = [];
for (const handler of [ours, bare]) await send(handler, WARM_UP);
for (let turn = 0; turn < TURNS; turn++) {
  const [time, floor] = [await send(ours, SENDS_PER_TURN), await send(bare, SENDS_PER_TURN)];
  ratios.push(time / floor);
  floors.push(floor);
}
process.send?.([median(ratios), median(floors)]);
