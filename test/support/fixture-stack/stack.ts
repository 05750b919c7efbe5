import { join } from 'node:path';
import { type App, AssetHashType, DockerImage, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnIntegrationResponse, WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { WebSocketLambdaIntegration, WebSocketMockIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

const here = import.meta.dirname;

/** One module with everything it imports, the SDK included, as the real functions are bundled. */
function bundle(folder: string): Code {
  const tryBundle = (output: string): boolean => {
    const entryPoints = [join(folder, 'handler.ts')];
    const outfile = join(output, 'index.mjs');
    const mainFields = ['module', 'main'];
    buildSync({
      entryPoints,
      outfile,
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'node',
      target: 'node24',
      mainFields,
    });
    return true;
  };
  const image = DockerImage.fromRegistry('esbuild-runs-in-process');
  return Code.fromAsset(folder, { assetHashType: AssetHashType.OUTPUT, bundling: { image, local: { tryBundle } } });
}

/** Two tables (one with TTL), four functions, a WebSocket API with each kind of route, a schedule. */
export class FixtureStack extends Stack {
  constructor(app: App, id: string) {
    super(app, id);
    const notes = this.#table('Notes', { time: true });
    const counters = this.#table('Counters', { time: false });

    const authorizer = this.#function('Authorizer', 'authorizer');
    const session = this.#function('Session', 'session');
    const notebook = this.#function('Notebook', 'notebook', { timeout: 3 });
    const clock = this.#function('Clock', 'clock');

    notes.grant(session, 'dynamodb:PutItem', 'dynamodb:DeleteItem');
    notes.grant(notebook, 'dynamodb:PutItem', 'dynamodb:GetItem', 'dynamodb:Query');
    counters.grant(notebook, 'dynamodb:UpdateItem');
    counters.grant(clock, 'dynamodb:UpdateItem');
    for (const fn of [session, notebook]) fn.addEnvironment('NOTES_TABLE', notes.tableName);
    for (const fn of [notebook, clock]) fn.addEnvironment('COUNTERS_TABLE', counters.tableName);

    const api = new WebSocketApi(this, 'Api', {
      routeSelectionExpression: '$request.body.action',
      connectRouteOptions: {
        integration: new WebSocketLambdaIntegration('Connect', session),
        authorizer: new WebSocketLambdaAuthorizer('Ticket', authorizer, {
          identitySource: ['route.request.header.Sec-WebSocket-Protocol'],
        }),
      },
      disconnectRouteOptions: { integration: new WebSocketLambdaIntegration('Disconnect', session) },
    });
    const stage = new WebSocketStage(this, 'Stage', { webSocketApi: api, stageName: 'test', autoDeploy: true });
    for (const route of [
      'echo',
      'note',
      'count',
      'post',
      'slow',
      'crash',
      'exit',
      'hoard',
      'forbidden',
      'leftovers',
      'env',
    ]) {
      api.addRoute(route, { integration: new WebSocketLambdaIntegration(route, notebook), returnResponse: true });
    }
    api.addRoute('silent', { integration: new WebSocketLambdaIntegration('silent', notebook) });
    this.#ping(api);

    for (const fn of [session, notebook]) {
      fn.addEnvironment('CALLBACK_URL', stage.callbackUrl);
      fn.addEnvironment('ENDPOINT', stage.url);
    }
    stage.grantManagementApiAccess(notebook);
    new Rule(this, 'Hourly', { schedule: Schedule.rate(Duration.hours(1)), targets: [new FunctionTarget(clock)] });
  }

  #table(id: string, expires: { time: boolean }): TableV2 {
    return new TableV2(this, id, {
      partitionKey: { name: 'owner', type: AttributeType.STRING },
      sortKey: { name: 'part', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      removalPolicy: RemovalPolicy.RETAIN,
      ...(expires.time ? { timeToLiveAttribute: 'expires' } : {}),
    });
  }

  #function(id: string, handler: string, options: { timeout?: number } = {}): LambdaFunction {
    return new LambdaFunction(this, id, {
      code: bundle(join(here, 'handlers', handler)),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: Duration.seconds(options.timeout ?? 10),
    });
  }

  /** CDK gives a MOCK route no integration response; API Gateway needs one to answer. */
  #ping(api: WebSocketApi): void {
    const integration = new WebSocketMockIntegration('Ping', {
      requestTemplates: { $default: '{"statusCode":200}' },
      templateSelectionExpression: '\\$default',
    });
    const route = api.addRoute('ping', { integration, returnResponse: true });
    const integrationId = route.node.findAll().find((node) => 'integrationId' in node);
    if (!integrationId || !('integrationId' in integrationId)) throw new Error('the ping route has no integration');
    new CfnIntegrationResponse(this, 'Pong', {
      apiId: api.apiId,
      integrationId: String(integrationId.integrationId),
      integrationResponseKey: '$default',
      templateSelectionExpression: '\\$default',
      responseTemplates: { $default: '{"event":"pong"}' },
    });
  }
}
