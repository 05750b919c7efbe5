import type { CallMedia } from '../conversation/call-content.ts';
import type { CallView } from './machine/types.ts';

/** A call as it is shown. */
export interface ShownCall extends CallView {
  /** Eight digits, once there are any: equal on both sides, or somebody stands between them. */
  readonly shortCode: string | undefined;
}

/** What a person chooses who calls. */
export interface CallChoice {
  /** Default `audio`. */
  readonly media?: CallMedia;
  /** Whether addresses may be shown to the other person for a direct path, if they allow it too. Default false: through the relay only. */
  readonly direct?: boolean;
}
