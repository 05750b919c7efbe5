import * as z from 'zod/mini';
import { ignored } from './stack.ts';

/** A template of the Velocity language that is constant: no reference, no directive. Others would need the language itself. */
const constantTemplate = z.string().check(z.regex(/^[^$#]*$/, 'only constant templates are known'));
const templates = z.record(z.string(), constantTemplate);
/** A template's name: either constant, or the default one. */
const templateSelection = z.string().check(z.regex(/^(\\\$default|[\w/-]+)$/, 'only constant selections are known'));

export const ApiProperties = z.strictObject({
  Name: z.string(),
  ProtocolType: z.literal('WEBSOCKET'),
  RouteSelectionExpression: z.string().check(z.regex(/^\$request\.body(\.\w+)+$/)),
  Description: ignored,
  Tags: ignored,
});

export const StageProperties = z.strictObject({
  ApiId: z.string(),
  StageName: z.string(),
  AutoDeploy: z.literal(true),
  DefaultRouteSettings: z.optional(
    z.strictObject({
      ThrottlingBurstLimit: z.optional(z.number()),
      ThrottlingRateLimit: z.optional(z.number()),
      DataTraceEnabled: ignored,
      DetailedMetricsEnabled: ignored,
      LoggingLevel: ignored,
    }),
  ),
  // Where access logs go in AWS.
  AccessLogSettings: ignored,
  Description: ignored,
  Tags: ignored,
});

export const AuthorizerProperties = z.strictObject({
  ApiId: z.string(),
  AuthorizerType: z.literal('REQUEST'),
  AuthorizerUri: z.string(),
  IdentitySource: z.array(z.string().check(z.regex(/^route\.request\.(header|querystring)\.[\w-]+$/))),
  Name: z.string(),
});

export const RouteProperties = z.strictObject({
  ApiId: z.string(),
  RouteKey: z.string(),
  Target: z.string().check(z.regex(/^integrations\//)),
  AuthorizationType: z.optional(z.enum(['NONE', 'CUSTOM'])),
  AuthorizerId: z.optional(z.string()),
  RouteResponseSelectionExpression: z.optional(z.literal('$default')),
  ApiKeyRequired: z.optional(z.literal(false)),
  OperationName: ignored,
});

export const RouteResponseProperties = z.strictObject({
  ApiId: z.string(),
  RouteId: z.string(),
  RouteResponseKey: z.literal('$default'),
});

export const IntegrationProperties = z.strictObject({
  ApiId: z.string(),
  IntegrationType: z.enum(['AWS_PROXY', 'MOCK']),
  IntegrationUri: z.optional(z.string()),
  IntegrationMethod: z.optional(z.literal('POST')),
  TimeoutInMillis: z.optional(z.number().check(z.minimum(50), z.maximum(29_000))),
  RequestTemplates: z.optional(templates),
  TemplateSelectionExpression: z.optional(templateSelection),
  // Decides about requests without a matching template, which `readApi` refuses.
  PassthroughBehavior: ignored,
  Description: ignored,
});

export const IntegrationResponseProperties = z.strictObject({
  ApiId: z.string(),
  IntegrationId: z.string(),
  IntegrationResponseKey: z.string(),
  ResponseTemplates: z.optional(templates),
  TemplateSelectionExpression: z.optional(templateSelection),
});
