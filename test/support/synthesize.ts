import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import * as z from 'zod/mini';
import { addChecks } from '../../infra/checks.ts';
import { readConfig, type StageSettings } from '../../infra/config.ts';
import { SottoStack } from '../../infra/stack.ts';

const resource = z.object({
  Type: z.string(),
  Properties: z._default(z.record(z.string(), z.unknown()), {}),
  DeletionPolicy: z.optional(z.string()),
  DependsOn: z._default(z.union([z.string(), z.array(z.string())]), []),
  UpdateReplacePolicy: z.optional(z.string()),
});
const template = z.object({ Resources: z.record(z.string(), resource), Outputs: z.record(z.string(), z.unknown()) });

const assetManifest = z.object({ dockerImages: z._default(z.record(z.string(), z.unknown()), {}) });

export type Resource = z.infer<typeof resource>;

export const SETTINGS: StageSettings = {
  region: 'eu-central-1',
  retainData: true,
  logRetentionDays: 30,
  throttle: { requestsPerSecond: 1_000, burst: 500 },
  admission: { mode: 'invite' },
  relay: { provider: 'none' },
  accessLog: false,
};

/** The relay on Fargate. The digest is of no image. */
export const FLEET = {
  provider: 'fleet',
  image: { tag: '4.17.2-r0', digest: `sha256:${'0'.repeat(64)}`, nodeDigest: `sha256:${'1'.repeat(64)}` },
  minimum: 1,
  maximum: 4,
} as const;

/** Admission by an operator's own login. */
export const JWT = {
  mode: 'jwt',
  issuer: 'https://login.example.org/',
  audience: 'sotto',
  jwksUrl: 'https://login.example.org/jwks',
} as const;

/** A stage's template in the form tests look at. */
export class SynthesizedStack {
  readonly resources: Readonly<Record<string, Resource>>;
  readonly outputs: Readonly<Record<string, unknown>>;

  /** What would have to be looked up in an account before this could be deployed. */
  readonly lookups: readonly unknown[];
  /** How many images the deploying machine would build. */
  readonly dockerImages: number;

  constructor(json: unknown, lookups: readonly unknown[], dockerImages: number) {
    const parsed = template.parse(json);
    this.dockerImages = dockerImages;
    this.resources = parsed.Resources;
    this.outputs = parsed.Outputs;
    this.lookups = lookups;
  }

  /**
   * The resources of a type, with their logical ids. Throws when there is none: an invariant over nothing always holds.
   */
  ofType(type: string): [logicalId: string, resource: Resource][] {
    const found = Object.entries(this.resources).filter(([, { Type }]) => Type === type);
    if (found.length === 0) throw new Error(`The template has no ${type}`);
    return found;
  }
}

/**
 * Synthesizes a stage with the context and the checks of a real synthesis, but without bundling the functions.
 * @param change given the stack before it is synthesized, to plant something into it
 */
export function synthesize(
  settings: Partial<StageSettings> = {},
  change?: (stack: SottoStack) => void,
): SynthesizedStack {
  const outdir = mkdtempSync(join(tmpdir(), 'sotto-synth-'));
  try {
    const app = new App({ outdir, context: { ...contextOfCdkJson(), 'aws:cdk:bundling-stacks': [] } });
    const stack = new SottoStack(app, readConfig('test', { test: { ...SETTINGS, ...settings } }));
    addChecks(app);
    change?.(stack);
    const assembly = app.synth();
    const { template: json, displayName } = assembly.getStackArtifact(stack.artifactId);
    const assets = readFileSync(join(outdir, `${displayName}.assets.json`), 'utf8');
    const { dockerImages } = assetManifest.parse(JSON.parse(assets));
    return new SynthesizedStack(json, assembly.manifest.missing ?? [], Object.keys(dockerImages).length);
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

function contextOfCdkJson(): Record<string, unknown> {
  const file = z.object({ context: z.record(z.string(), z.unknown()) });
  return file.parse(JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'))).context;
}
