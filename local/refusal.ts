/** The start cannot go on. The message is one sentence for the person at the terminal: what is wrong, and what to do about it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
