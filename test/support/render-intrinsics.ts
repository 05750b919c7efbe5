import * as z from 'zod/mini';

const reference = z.strictObject({ Ref: z.string() });
const attribute = z.strictObject({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) });
const substitution = z.strictObject({ 'Fn::Sub': z.string() });
const join = z.strictObject({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) });

/**
 * A property's value as text: references become `<LogicalId>`, attributes `<LogicalId.Attribute>`.
 * @throws on any other intrinsic, so that none slips through a comparison
 */
export function render(value: unknown): string {
  if (typeof value === 'string') return value;
  const asReference = reference.safeParse(value);
  if (asReference.success) return `<${asReference.data.Ref}>`;
  const asAttribute = attribute.safeParse(value);
  if (asAttribute.success) return `<${asAttribute.data['Fn::GetAtt'].join('.')}>`;
  const asSubstitution = substitution.safeParse(value);
  if (asSubstitution.success) return asSubstitution.data['Fn::Sub'].replaceAll(/\$\{([^}]+)\}/g, '<$1>');
  const asJoin = join.safeParse(value);
  if (!asJoin.success) throw new Error(`Cannot render ${JSON.stringify(value)}`);
  const [separator, parts] = asJoin.data['Fn::Join'];
  return parts.map(render).join(separator);
}
