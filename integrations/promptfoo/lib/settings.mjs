/** What a provider's options say: which script runs, and how. */

import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { Command } from './command.mjs';
import { poolFlags } from './pool-options.mjs';

// promptfoo's own limit for a Python provider.
const DEFAULT_TIMEOUT_MS = 300_000;
const MOST_BELOW_MS = 1000;

/** Throws TypeError that names the key of the configuration that is wrong. */
export class Settings {
  constructor(options) {
    const config = options.config ?? {};
    this.basePath = path.resolve(config.basePath || '');
    const environment = { ...process.env, ...options.env };
    const { script, functionName } = readScript(config.script);
    this.script = path.resolve(this.basePath, script);
    /** Undefined: each API has the function of its name. */
    this.functionName = readText('function', config.function) ?? functionName;
    this.command = new Command(readText('command', config.command), this.basePath, environment);
    const flags = poolFlags({ ...defaults(environment, config), ...config });
    /** Of `provider-host pipe`. */
    this.args = [...flags, '--', this.script];
  }
}

// `provider.py`, `file://provider.py`, and each with `:function` behind.
function readScript(value) {
  const text = readText('script', value);
  if (text === undefined) {
    throw new TypeError('config.script is missing: the path of the provider script, such as "provider.py"');
  }
  const isUrl = text.startsWith('file:///');
  const [, script, functionName] = /^(.*\.py):([^/:]+)$/.exec(text) ?? [undefined, text, undefined];
  return { script: isUrl ? fileURLToPath(script) : script.replace(/^file:\/\//, ''), functionName };
}

function readText(key, value) {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  throw new TypeError(`config.${key} must be a text, not ${JSON.stringify(value)}`);
}

// What applies to keys that the configuration lacks, as for promptfoo's own Python provider.
function defaults(environment, config) {
  return {
    workers: environment.PROMPTFOO_PYTHON_WORKERS || undefined,
    timeout: environment.REQUEST_TIMEOUT_MS || DEFAULT_TIMEOUT_MS,
    deadline: justBelow(Number(environment.PROMPTFOO_EVAL_TIMEOUT_MS)),
    python: config.pythonExecutable ?? pythonOf(environment),
  };
}

// promptfoo gives a test up at its limit without saying where it was; a little earlier, the call's own error does.
function justBelow(limit) {
  return limit > 0 ? Math.round(Math.max(limit * 0.95, limit - MOST_BELOW_MS)) : undefined;
}

// PROMPTFOO_PYTHON may be this project's own stand-in for an interpreter, which is none that hosts could embed.
function pythonOf(environment) {
  const python = environment.PROMPTFOO_PYTHON;
  if (!python || environment.PROVIDER_HOST_PYTHON) return undefined;
  return path.basename(python) === 'provider-host-python' ? undefined : python;
}
