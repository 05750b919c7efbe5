/** The seed of this long run: SOTTO_SEED if set, otherwise a random one. Printed, so that the run can be repeated. */
export function soakSeed(name: string): number {
  const given = process.env.SOTTO_SEED;
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given);
  if (!Number.isInteger(seed) || seed < 0) throw new Error('SOTTO_SEED must be a non-negative whole number.');
  console.log(`${name}: SOTTO_SEED=${seed}`);
  return seed;
}
