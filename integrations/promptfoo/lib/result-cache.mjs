/** promptfoo's cache for results of `call_api`, used as by its own Python provider. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import process from 'node:process';

// Variables that promptfoo adds to each evaluation. With them in the key, no result would be found in the next one.
const OF_THE_EVALUATION = ['__evalId', '__evalStepId', '__repeatIndex'];

/** Runs `make` for a result of `call_api`, unless promptfoo's cache has one; successful ones are put there. */
export async function throughCache(settings, prompt, options, context, make) {
  const cache = await cacheOf(context);
  const key = cache && (await keyOf(settings, prompt, options, context));
  if (key === undefined) return asFresh(await make());
  const kept = await cache.get(key);
  if (kept) return asCached(JSON.parse(kept));
  const result = await make();
  if (!result.error) await cache.set(key, JSON.stringify(result));
  return asFresh(result);
}

// promptfoo does not tell providers in JavaScript whether caching is on; but when it is off, its cache is not on disk.
async function cacheOf(context) {
  if (typeof context?.getCache !== 'function') return undefined;
  const cache = await context.getCache();
  const isOnDisk = cache?.stores?.some((store) => store.store && !(store.store instanceof Map));
  return isOnDisk || isInMemoryByChoice() ? cache : undefined;
}

function isInMemoryByChoice() {
  const isOff = /^(0|false|no|off)$/i.test(process.env.PROMPTFOO_CACHE_ENABLED ?? '');
  return process.env.PROMPTFOO_CACHE_TYPE === 'memory' && !isOff && !process.argv.includes('--no-cache');
}

// It changes with the script, the prompt, the options and the variables. Undefined when the script cannot be read: the
// call tells why.
async function keyOf({ script, functionName }, prompt, options, context) {
  const content = await readFile(script).catch(() => undefined);
  if (content === undefined) return undefined;
  const digest = createHash('sha256').update(content).digest('hex');
  const vars = { ...context.vars };
  for (const name of OF_THE_EVALUATION) delete vars[name];
  const rest = [functionName ?? 'default', 'call_api', digest, prompt, JSON.stringify(options), JSON.stringify(vars)];
  return `provider-host:${script}:${rest.join(':')}`;
}

// Nothing was spent on it.
function asCached(result) {
  result.cached = true;
  if (result.tokenUsage) {
    const { total = 0, numRequests = 1 } = result.tokenUsage;
    result.tokenUsage = { cached: total, total, numRequests };
  }
  return result;
}

function asFresh(result) {
  result.cached = false;
  if (result.tokenUsage && !result.tokenUsage.numRequests) result.tokenUsage.numRequests = 1;
  return result;
}
