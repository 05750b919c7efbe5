import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';

/** The clients that the functions make, and the commands that they send: the least that a function with this SDK can load. */
export const clients = [
  new DynamoDBClient({}),
  new ApiGatewayManagementApiClient({ endpoint: 'https://bench.example' }),
];
export const commands = [
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteConnectionCommand,
  DeleteItemCommand,
  GetItemCommand,
  PostToConnectionCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
];
