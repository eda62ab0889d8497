/** `file://` in a configuration stands for what the file holds, as for promptfoo's own Python provider. */

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const PREFIX = 'file://';

/** A copy of `value` with every reference replaced. Relative paths are below `basePath`. */
export async function withFilesRead(value, settings) {
  if (typeof value === 'string' && value.startsWith(PREFIX)) return read(value.slice(PREFIX.length), settings);
  if (Array.isArray(value)) return Promise.all(value.map((each) => withFilesRead(each, settings)));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(async ([key, each]) => [key, await withFilesRead(each, settings)]);
  return Object.fromEntries(await Promise.all(entries));
}

async function read(reference, { basePath, command }) {
  const [, name, functionName] = /^(.*\.(?:py|[cm]?[jt]s)):([^/:]+)$/.exec(reference) ?? [undefined, reference, undefined];
  const file = path.resolve(basePath, name);
  const type = path.extname(file).toLowerCase();
  if (type === '.py') return fromPython(command, file, functionName ?? 'get_config');
  if (/^\.[cm]?[jt]s$/.test(type)) return fromJavaScript(file, functionName ?? 'default');
  const text = await readFile(file, 'utf8');
  if (type === '.json') return JSON.parse(text);
  if (type === '.yaml' || type === '.yml') return parseYaml(text, file);
  if (['.txt', '.md', ''].includes(type)) return text;
  throw new Error(`config refers to ${file}, and a file of that type cannot be read`);
}

async function fromPython(command, file, functionName) {
  const args = ['call', '--api', 'none', '--', `${file}:${functionName}`, '[]'];
  const { stdout } = await promisify(execFile)(command.path, args, { maxBuffer: Infinity });
  return JSON.parse(stdout);
}

async function fromJavaScript(file, name) {
  const module = await import(pathToFileURL(file).href);
  const value = module[name] ?? module.default?.[name];
  return typeof value === 'function' ? value() : value;
}

// This package has no dependencies; promptfoo has a parser.
function parseYaml(text, file) {
  const require = createRequire(process.argv[1] ?? import.meta.url);
  let yaml;
  try {
    yaml = require('js-yaml');
  } catch {
    throw new Error(`config refers to ${file}, and there is no parser for YAML here: write it as JSON`);
  }
  return yaml.load(text);
}
