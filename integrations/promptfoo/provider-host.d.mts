/** Numbers may be given as texts, as templates such as `{{env.WORKERS}}` give them. */
type Numeric = number | `${number}`;

/** A number of bytes, or one with a unit: `"512M"`, `"2G"`. */
type Size = number | string;

/**
 * `config` of a provider. The pool's options have the meaning and the default of the flags of `provider-host pipe`; times
 * are in milliseconds. The whole configuration, further keys included, is handed to the script as `options["config"]`.
 */
export interface ProviderHostConfig {
  /** The provider script, relative to the promptfoo configuration; `provider.py:function` is possible. */
  script: string;
  /** Called for all three APIs; may be `Class.method`. Default: the function of the API's name. */
  function?: string;
  /** provider-host itself. Default: PROVIDER_HOST_BIN, else `provider-host` on PATH. */
  command?: string;

  /** Processes; `"1:8"` or `[1, 8]`: as many as calls need just then. Default: PROMPTFOO_PYTHON_WORKERS, else 1. */
  workers?: Numeric | `${number}:${number}` | [Numeric, Numeric];
  /** Milliseconds until a process above the least that has had no call is stopped; 0: never. */
  idleTimeout?: Numeric;
  /** Import the script once, and fork the processes from that one where it is safe. Default: false. */
  preload?: boolean | 'off' | 'auto' | 'on';
  /** Processes that have imported the script and wait to replace one that ends. */
  spares?: Numeric;
  /** Calls in flight in one process, for async functions and threads. Default: 1. */
  concurrency?: Numeric;
  /** Interpreter, virtual environment or version. */
  python?: string;
  /** The same under the name that promptfoo has for it. */
  pythonExecutable?: string;
  eventLoop?: 'asyncio' | 'uvloop';

  /** Milliseconds for one call; 0: no limit. Default: REQUEST_TIMEOUT_MS, else 300,000. */
  timeout?: Numeric;
  /** The same, waiting included. Default: a little below PROMPTFOO_EVAL_TIMEOUT_MS, if that is set. */
  deadline?: Numeric;
  /** Milliseconds for starting a process, import included. */
  startTimeout?: Numeric;
  interruptGrace?: Numeric;
  stopGrace?: Numeric;

  retries?: Numeric;
  retryBackoff?: Numeric;
  maxCrashesPerCall?: Numeric;
  retryCollateral?: boolean;
  quarantineAfter?: Numeric;

  memoryLimit?: Size;
  maxRss?: Size;
  maxCallsPerHost?: Numeric;

  env?: 'inherit' | 'clean';
  keepEnv?: string[];
  setEnv?: Record<string, string | number | boolean>;
  cwd?: string;
  /** Octal digits, such as `"077"`. */
  umask?: string;
  noNewPrivs?: boolean;
  coreDumps?: boolean;

  nan?: 'error' | 'null';
  surrogates?: 'error' | 'replace';
  bytes?: 'error' | 'base64';

  logLevel?: 'debug' | 'info' | 'warning' | 'error' | 'off';

  /** promptfoo sets it: the directory of its configuration. */
  basePath?: string;
  [ofTheScript: string]: unknown;
}

/** What promptfoo hands to the constructor. */
export interface ProviderHostOptions {
  id?: string;
  label?: string;
  config: ProviderHostConfig;
  env?: Record<string, string | undefined>;
}

export type ErrorKind =
  | 'python_exception'
  | 'function_not_found'
  | 'invalid_request'
  | 'invalid_response'
  | 'import_failed'
  | 'timeout'
  | 'cancelled'
  | 'host_crashed'
  | 'collateral'
  | 'quarantined'
  | 'pool_unavailable'
  | 'queue_full'
  | 'shutting_down'
  | 'protocol_error';

interface Failure {
  error?: string;
  /** With `providerHost` when the call failed; without when the script has returned the error. */
  metadata?: { providerHost?: { kind: ErrorKind }; [key: string]: unknown };
}

interface TokenUsage {
  total?: number;
  prompt?: number;
  completion?: number;
  cached?: number;
  numRequests?: number;
}

/** What the script has returned, with `cached` set. Further keys are the script's. */
export interface CallResult extends Failure {
  output?: any;
  cached?: boolean;
  tokenUsage?: TokenUsage;
  cost?: number;
  [key: string]: any;
}

export interface EmbeddingResult extends Failure {
  embedding?: number[];
  tokenUsage?: TokenUsage;
  [key: string]: any;
}

export interface ClassificationResult extends Failure {
  classification?: Record<string, number>;
  [key: string]: any;
}

/**
 * A provider of promptfoo. A failed call is a result with `error`. A call rejects when it is aborted, and when the
 * script's exception is about rate limits or the network, which promptfoo tries again.
 */
export default class ProviderHost {
  static ProviderHost: typeof ProviderHost;

  /** A wrong configuration is the error of each call. */
  constructor(options: ProviderHostOptions);

  readonly config: ProviderHostConfig;
  label?: string;

  id(): string;
  callApi(
    prompt: string,
    context?: Record<string, any>,
    options?: { abortSignal?: AbortSignal },
  ): Promise<CallResult>;
  callEmbeddingApi(prompt: string): Promise<EmbeddingResult>;
  callClassificationApi(prompt: string): Promise<ClassificationResult>;

  /** Ends the processes. Calls in flight fail; a later call starts anew. */
  cleanup(): Promise<void>;
  shutdown(): Promise<void>;
  toJSON(): { id: string; config: ProviderHostConfig };
}

export { ProviderHost };
