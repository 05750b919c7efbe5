// The eleven states of ML-KEM Braid. In every epoch one side offers a key (the first five states) and the other encapsulates
// to it (the other six); then they change places.

import type { Authenticator } from './authenticator.ts';
import type { Decoder, Encoder } from './erasure-code.ts';

interface Common {
  readonly epoch: number;
  readonly authenticator: Authenticator;
}

export type BraidState =
  // The side that offers a key.
  | (Common & { readonly name: 'KeysUnsampled' })
  | (Common & {
      readonly name: 'KeysSampled';
      readonly seed: Uint8Array;
      readonly vector: Uint8Array;
      readonly header: Encoder;
    })
  | (Common & {
      readonly name: 'HeaderSent';
      readonly seed: Uint8Array;
      readonly vector: Encoder;
      readonly ct1: Decoder;
    })
  | (Common & {
      readonly name: 'Ct1Received';
      readonly seed: Uint8Array;
      readonly vector: Encoder;
      readonly ct1: Uint8Array;
    })
  | (Common & {
      readonly name: 'EkSentCt1Received';
      readonly seed: Uint8Array;
      readonly ct1: Uint8Array;
      readonly ct2: Decoder;
    })
  // The side that encapsulates to it.
  | (Common & { readonly name: 'NoHeaderReceived'; readonly header: Decoder })
  | (Common & { readonly name: 'HeaderReceived'; readonly header: Uint8Array })
  | (Common & Encapsulated & { readonly name: 'Ct1Sampled'; readonly ct1: Encoder; readonly vector: Decoder })
  | (Common &
      Encapsulated & { readonly name: 'EkReceivedCt1Sampled'; readonly ct1: Encoder; readonly vector: Uint8Array })
  | (Common & Encapsulated & { readonly name: 'Ct1Acknowledged'; readonly ct1: Uint8Array; readonly vector: Decoder })
  | (Common & { readonly name: 'Ct2Sampled'; readonly ct2: Encoder });

/** What the first half of the encapsulation left for the second. */
interface Encapsulated {
  readonly header: Uint8Array;
  readonly encapsulation: Uint8Array;
}

export type StateNamed<N extends BraidState['name']> = Extract<BraidState, { name: N }>;

/** A secret that both sides will hold, to be mixed into the chains of its epoch. */
export interface EpochKey {
  readonly epoch: number;
  readonly key: Uint8Array;
}
