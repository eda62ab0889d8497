// Calls of a provider as promptfoo's evaluator makes them (see ../runner.h).
//
// promptfoo_provider.mjs PROMPTFOO BYTES PROVIDER [CONFIG]: the package's directory, the size of a prompt, the id of the
// provider and its configuration as JSON.

import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';

const [directory, bytes, id, config = '{}'] = process.argv.slice(2);
const { cache, loadApiProvider } = await import(pathToFileURL(join(directory, 'dist/src/index.js')));
cache.disableCache();
const prompt = 'x'.repeat(Number(bytes));
const provider = await loadApiProvider(id, { options: { config: JSON.parse(config) } });

async function call() {
  const { output, error } = await provider.callApi(prompt, { vars: {}, prompt: { raw: prompt, label: prompt } });
  if (output !== prompt) throw new Error(`wrong result: ${error ?? output}`.slice(0, 500));
}

await call();
process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const durations = [];
  for (let i = 0; i < Number(line); i++) {
    const start = performance.now();
    await call();
    durations.push((performance.now() - start) * 1000);
  }
  process.stdout.write(`${JSON.stringify(durations)}\n`);
}
await (provider.shutdown ?? provider.cleanup)?.call(provider);
process.exit();
