/** Providers over the stand-in for `provider-host pipe`. */

import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import ProviderHost from '../provider-host.mjs';

export const FAKE = fileURLToPath(new URL('fake-pipe.mjs', import.meta.url));

// It is executed by the Node.js that runs the tests.
process.env.PATH = `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}`;
for (const name of Object.keys(process.env)) {
  if (/^(PROMPTFOO|PROVIDER_HOST|REQUEST_TIMEOUT)/.test(name)) delete process.env[name];
}

/** A provider that ends with the test. */
export function fakeProvider(test, config = {}, options = {}) {
  const provider = new ProviderHost({
    id: 'file://provider-host.mjs',
    config: { basePath: '/base', script: 'provider.py', command: FAKE, ...config },
    ...options,
  });
  test.after(() => provider.cleanup());
  return provider;
}

/** Sets a variable of the environment for one test. */
export function setVariable(test, name, value) {
  process.env[name] = value;
  test.after(() => delete process.env[name]);
}
