import * as z from 'zod/mini';
import { ignored, type Stack } from './stack.ts';

const SecretProperties = z.strictObject({
  Name: z.optional(z.string()),
  SecretString: z.optional(z.string()),
  GenerateSecretString: z.optional(
    z.strictObject({
      SecretStringTemplate: z.string(),
      GenerateStringKey: z.string(),
      PasswordLength: z._default(z.number().check(z.minimum(3), z.maximum(4096)), 32),
      // Only letters and digits are made here.
      ExcludePunctuation: z.literal(true),
    }),
  ),
  // Encryption at rest and labels change no answer.
  KmsKeyId: ignored,
  Description: ignored,
  Tags: ignored,
});

/** A secret of the template, with the way to its first value. */
export interface SecretSpec {
  logicalId: string;
  name: string;
  arn: string;
  /** Either the value itself, or an object (JSON text) that gets a random text under a key. */
  first: { text: string } | { template: string; key: string; length: number };
}

export function readSecrets(stack: Stack): SecretSpec[] {
  return stack.resources('AWS::SecretsManager::Secret', SecretProperties).map(({ logicalId, identity, properties }) => {
    const { SecretString = '', GenerateSecretString: generate } = properties;
    return {
      logicalId,
      name: identity.arn.split(':').at(-1) ?? '',
      arn: identity.arn,
      first: generate
        ? {
            template: generate.SecretStringTemplate,
            key: generate.GenerateStringKey,
            length: generate.PasswordLength,
          }
        : { text: SecretString },
    };
  });
}
