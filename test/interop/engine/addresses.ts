import type { ProtocolAddress } from '../../../client/signal-protocol/index.ts';

export const ALICE: ProtocolAddress = { serviceId: '9d0652a3-dcc3-8d11-975f-74d61598733f', deviceId: 1 };
export const BOB: ProtocolAddress = { serviceId: '796abedb-ca4e-8f18-8803-1fde5b921f9f', deviceId: 127 };
