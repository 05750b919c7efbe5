import * as z from 'zod';
import { certificateArn, hostName } from '../names.ts';

const IMAGE_HELP = 'must name the images of coturn and Node by digest; docs/RELAY-FLEET.md says where they come from';
const digest = z.string(IMAGE_HELP).regex(/^sha256:[0-9a-f]{64}$/, IMAGE_HELP);

/** What the relay's image is made of, on Docker Hub. By digest, because a tag is a name that somebody else can move. */
const imageParts = z.strictObject(
  {
    tag: z.string(IMAGE_HELP).regex(/^[0-9]+\.[0-9]+\.[0-9]+-r[0-9]+$/, 'must be of the form 4.17.2-r0'),
    /** Of coturn/coturn with this tag. */
    digest,
    /** Of node:24-bookworm-slim, whose Node the supervisor runs on. */
    nodeDigest: digest,
  },
  IMAGE_HELP,
);

const port = z.int().positive().max(65_535);
const address = z.union([z.ipv4(), z.ipv6()], { error: 'must be an IP address' });

/** Clients are given addresses, which nobody has to be asked for; a name only where a certificate is for it. */
const endpoint = z.discriminatedUnion('transport', [
  z.strictObject({ transport: z.literal('udp'), host: address, port }),
  z.strictObject({ transport: z.literal('tcp'), host: address, port }),
  z.strictObject({ transport: z.literal('tls'), host: hostName, port }),
]);

/** The relay on Fargate. */
const fleet = z
  .strictObject({
    provider: z.literal('fleet'),
    image: imageParts,
    /** Who builds the image: Docker on the machine that deploys (the default), or CodeBuild, and that machine needs no Docker. */
    build: z.literal(['local', 'codebuild']).optional(),
    /** Relays that run even when nobody calls. 0: the first call waits about a minute for one. */
    minimum: z.literal([0, 1, 2]),
    maximum: z.int().min(1).max(50),
    /** turns: on port 443, for networks that let nothing else out; a load balancer that costs money all day. */
    tls: z.strictObject({ host: hostName, certificateArn }).optional(),
  })
  .refine(({ minimum, maximum }) => minimum <= maximum, {
    path: ['maximum'],
    error: 'must not be below the minimum',
  });

/** Where calls get their relays from. */
export const relaySettings = z.discriminatedUnion('provider', [
  /** No relays: calls are possible only where both people allow a direct path, which shows each the other's address. */
  z.strictObject({ provider: z.literal('none') }),
  /**
   * A TURN service of the operator's own, which shares with the stack the secret whose ARN the deployment prints
   * (docs/DESIGN.md, section 3).
   */
  z.strictObject({ provider: z.literal('external'), endpoints: z.array(endpoint).min(1).max(4) }),
  fleet,
]);

/** The fleet as it is synthesized. Without an image only for the local cloud, which runs the relay without one. */
export type FleetSettings = Omit<z.infer<typeof fleet>, 'image'> & { readonly image?: z.infer<typeof imageParts> };
export type RelaySettings = Exclude<z.infer<typeof relaySettings>, { provider: 'fleet' }> | FleetSettings;
