/** What a function's error looks like to whoever invoked it. */
export interface FunctionError {
  errorType: string;
  errorMessage: string;
  stackTrace: string[];
}

/** From the service to an environment. The event travels as JSON, as in AWS. */
export interface InvokeMessage {
  requestId: string;
  event: string;
  /** Milliseconds since 1970, by the clock of the local cloud. */
  deadline: number;
  /** Milliseconds by which that clock is ahead of the machine's. */
  ahead: number;
}

/** From an environment to the service. */
export type EnvironmentMessage =
  | { type: 'ready' }
  | { type: 'init failed'; error: FunctionError }
  | { type: 'log'; text: string }
  | { type: 'done'; payload: string }
  | { type: 'failed'; error: FunctionError };

/** What an environment is born with. */
export interface BootstrapData {
  codeDirectory: string;
  module: string;
  handlerName: string;
  functionName: string;
  functionArn: string;
  memoryMegabytes: number;
  /** One 32-bit number: how many events were sent so far. An environment that has handled as many stands still. */
  sent: SharedArrayBuffer;
}
