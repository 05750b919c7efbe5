/** Types that the local cloud runs. */
export const EMULATED: ReadonlySet<string> = new Set([
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Authorizer',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::IntegrationResponse',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::RouteResponse',
  'AWS::ApiGatewayV2::Stage',
  'AWS::DynamoDB::GlobalTable',
  'AWS::Events::Rule',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::SecretsManager::Secret',
]);

/**
 * Types that have no meaning on one machine, each with the reason why leaving it out cannot hide a fault of the code. A type that is in neither list
 * stops the start: it has to be thought about first.
 */
export const AWS_ONLY: Readonly<Record<string, string>> = {
  'AWS::ApiGateway::Account': 'the account-wide role by which API Gateway writes logs',
  'AWS::ApiGatewayV2::Deployment': 'a stage with automatic deployment runs the routes of the template',
  'AWS::CDK::Metadata': 'statistics of the CDK',
  'AWS::CloudFront::Distribution': 'delivers static files; the functions never see it',
  'AWS::CloudFront::OriginAccessControl': 'lets a distribution read its bucket',
  'AWS::CloudFront::ResponseHeadersPolicy': 'headers of static files',
  'AWS::CloudWatch::Alarm': 'watches metrics; decides nothing',
  'AWS::CloudWatch::Dashboard': 'shows metrics; decides nothing',
  'AWS::CodeBuild::Project': 'builds the relay image',
  'AWS::EC2::InternetGateway': 'network of the relay',
  'AWS::EC2::Route': 'network of the relay',
  'AWS::EC2::RouteTable': 'network of the relay',
  'AWS::EC2::SecurityGroup': 'network of the relay',
  'AWS::EC2::SecurityGroupIngress': 'network of the relay',
  'AWS::EC2::Subnet': 'network of the relay',
  'AWS::EC2::SubnetRouteTableAssociation': 'network of the relay',
  'AWS::EC2::VPC': 'network of the relay',
  'AWS::EC2::VPCGatewayAttachment': 'network of the relay',
  'AWS::ECR::Repository': 'keeps the relay image',
  'AWS::ECS::Cluster': 'runs the relay',
  'AWS::ECS::Service': 'runs the relay',
  'AWS::ECS::TaskDefinition': 'runs the relay',
  'AWS::Logs::LogGroup': 'keeps log lines; local ones go to the terminal',
  'AWS::Logs::MetricFilter': 'counts log lines',
  'AWS::SNS::Topic': 'carries alarms to people',
  'AWS::SNS::TopicPolicy': 'carries alarms to people',
};
