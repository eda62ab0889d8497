/** A provider of promptfoo: runs a Python provider script in a pool of hosts, through `provider-host pipe`. */

import { CallError, isForRetry } from './lib/call-error.mjs';
import { withFilesRead } from './lib/file-references.mjs';
import { Pipe } from './lib/pipe.mjs';
import { throughCache } from './lib/result-cache.mjs';
import { scriptArguments } from './lib/script-arguments.mjs';
import { Settings } from './lib/settings.mjs';

const FUNCTIONS = { call: 'call_api', embedding: 'call_embedding_api', classification: 'call_classification_api' };

export default class ProviderHost {
  /** For `package:provider-host-promptfoo:ProviderHost`, which looks into the default export. */
  static ProviderHost = ProviderHost;

  #options;
  #settings;
  #scriptOptions;
  #pipe;
  #logger;

  constructor(options = {}) {
    this.#options = options;
    this.config = options.config ?? {};
    if (options.label) this.label = options.label; // otherwise promptfoo sets it
  }

  id() {
    return this.#options.id ?? `provider-host:${this.config.script}`;
  }

  async callApi(prompt, context, callOptions) {
    this.#logger ??= context?.logger;
    const run = () => this.#run('call', prompt, context, callOptions?.abortSignal);
    return answer(() => throughCache(this.#readSettings(), prompt, this.#options, context, run));
  }

  async callEmbeddingApi(prompt) {
    return answer(() => this.#run('embedding', prompt));
  }

  async callClassificationApi(prompt) {
    return answer(() => this.#run('classification', prompt));
  }

  /** promptfoo calls it when an evaluation is over. A later call starts anew. */
  async cleanup() {
    const pipe = this.#pipe;
    this.#pipe = undefined;
    await pipe?.end();
  }

  async shutdown() {
    await this.cleanup();
  }

  toJSON() {
    return { id: this.id(), config: this.config };
  }

  async #run(api, prompt, context, signal) {
    const settings = this.#readSettings();
    this.#scriptOptions ??= await this.#readOptions(settings);
    signal?.throwIfAborted(); // what fires from here on is the pipe's to see
    const args = scriptArguments(api, prompt, this.#scriptOptions, context);
    const fields = { function: settings.functionName ?? FUNCTIONS[api], api };
    return this.#runningPipe(settings).call(fields, args, signal);
  }

  // A wrong configuration is an answer to each call: promptfoo shows it better than what a constructor throws.
  #readSettings() {
    try {
      this.#settings ??= new Settings(this.#options);
      return this.#settings;
    } catch (error) {
      throw new CallError({ kind: 'invalid_request', message: error.message });
    }
  }

  async #readOptions(settings) {
    try {
      const { script, ...rest } = this.config;
      return { ...this.#options, config: { script, ...(await withFilesRead(rest, settings)) } };
    } catch (error) {
      throw new CallError({ kind: 'invalid_request', message: `config: ${error.message}` });
    }
  }

  #runningPipe(settings) {
    if (!this.#pipe || this.#pipe.hasEnded) this.#pipe = new Pipe(settings.command, settings.args);
    this.#pipe.output.logger = this.#logger;
    return this.#pipe;
  }
}

export { ProviderHost };

// A failed call is an answer. Thrown are a cancellation, and what promptfoo is to try again.
async function answer(make) {
  try {
    return await make();
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    if (isForRetry(error)) throw error;
    return { error: error.message, metadata: { providerHost: { kind: error.error.kind } } };
  }
}
