import type { Candidate } from '../../conversation/call-content.ts';

/** As many as one description gathers on a machine with many networks; what is beyond is dropped. */
const MOST = 64;

/** Candidates of the other side that have overtaken their description. */
export class WaitingCandidates {
  #all: { candidate: Candidate; generation: number }[] = [];

  add(candidate: Candidate, generation: number): void {
    if (this.#all.length < MOST) this.#all.push({ candidate, generation });
  }

  /** Those of this generation, whose description is there. Those of older ones are of no use any more. */
  take(current: number): Candidate[] {
    const due = this.#all.filter(({ generation }) => generation === current);
    this.#all = this.#all.filter(({ generation }) => generation > current);
    return due.map(({ candidate }) => candidate);
  }
}
