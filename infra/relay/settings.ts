import * as z from 'zod';
import { certificateArn, hostName } from '../names.ts';

const IMAGE_HELP = 'must name the coturn image by tag and digest; docs/RELAY-FLEET.md says where they come from';

/** coturn/coturn on Docker Hub. By digest, because a tag is a name that somebody else can move. */
const coturnImage = z.strictObject(
  {
    tag: z.string(IMAGE_HELP).regex(/^[0-9]+\.[0-9]+\.[0-9]+-r[0-9]+$/, 'must be of the form 4.17.2-r0'),
    digest: z.string(IMAGE_HELP).regex(/^sha256:[0-9a-f]{64}$/, IMAGE_HELP),
  },
  IMAGE_HELP,
);

const endpoint = z.strictObject({
  transport: z.enum(['udp', 'tcp', 'tls']),
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
});

/** The relay on Fargate. */
const fleet = z
  .strictObject({
    provider: z.literal('fleet'),
    image: coturnImage,
    /** Relays that run even when nobody calls. 0: the first call waits about a minute for one. */
    minimum: z.literal([0, 1, 2]),
    maximum: z.int().min(1).max(50),
    /** turns: on port 443, for networks that let nothing else out; a load balancer that costs money all day. */
    tls: z.strictObject({ host: hostName, certificateArn }).optional(),
    /** Who builds the image: Docker on the machine that deploys, or CodeBuild in the account. */
    build: z.enum(['local', 'codebuild']),
  })
  .refine(({ minimum, maximum }) => minimum <= maximum, {
    path: ['maximum'],
    error: 'must not be below the minimum',
  });

export const relaySettings = z.discriminatedUnion('provider', [
  /** Calls without a relay: they connect where both networks allow it, and show each party the other's address. */
  z.strictObject({ provider: z.literal('none') }),
  /** A TURN service of the operator's own; its secret is put into Secrets Manager after the deployment. */
  z.strictObject({ provider: z.literal('external'), endpoints: z.array(endpoint).min(1).max(4) }),
  fleet,
]);

/** The fleet as it is synthesized. Without an image only for the local cloud, which runs the relay without one. */
export type FleetSettings = Omit<z.infer<typeof fleet>, 'image'> & { readonly image?: z.infer<typeof coturnImage> };
export type RelaySettings = Exclude<z.infer<typeof relaySettings>, { provider: 'fleet' }> | FleetSettings;
