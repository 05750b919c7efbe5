import { startLocalCloud } from '../../../local/cloud.ts';
import { fixtureAssembly } from './assembly.ts';

/** Runs the fixture stack in a process of its own, which a test may kill. Argument: the data folder. Writes its URL as one line. */
const [data = ''] = process.argv.slice(2);
const cloud = await startLocalCloud({ assembly: await fixtureAssembly(), data });
console.log(cloud.url);
