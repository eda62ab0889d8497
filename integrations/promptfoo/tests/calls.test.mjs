import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';

import { fakeProvider } from './fake-provider.mjs';

test('call_api gets prompt, options and context, without what only JavaScript can use', async (t) => {
  const options = { env: { KEY: 'x' } };
  const context = { vars: { a: 'ü' }, prompt: { raw: 'args', label: 'l' }, logger: console, getCache: undefined };
  const { output } = await fakeProvider(t, { temperature: 1 }, options).callApi('args', { ...context, filters: {} });
  const [prompt, given, rest] = output;
  assert.equal(prompt, 'args');
  assert.equal(given.id, 'file://provider-host.mjs');
  assert.deepEqual(given.env, { KEY: 'x' });
  assert.equal(given.config.temperature, 1);
  assert.equal(given.config.basePath, '/base');
  assert.deepEqual(rest, { vars: { a: 'ü' }, prompt: { raw: 'args', label: 'l' } });
});

test('a call without a context has an empty one', async (t) => {
  const { output } = await fakeProvider(t).callApi('args');
  assert.deepEqual(output[2], {});
});

test('the other two get prompt and options', async (t) => {
  const provider = fakeProvider(t);
  assert.equal((await provider.callEmbeddingApi('args')).output.length, 2);
  assert.equal((await provider.callClassificationApi('args')).output.length, 2);
});

test('each API has the function of its name, or the one of the configuration', async (t) => {
  const named = async (provider) => {
    const messages = await Promise.all([
      provider.callApi('message'),
      provider.callEmbeddingApi('message'),
      provider.callClassificationApi('message'),
    ]);
    return messages.map(({ output }) => [output.function, output.api]);
  };
  assert.deepEqual(await named(fakeProvider(t)), [
    ['call_api', 'call'],
    ['call_embedding_api', 'embedding'],
    ['call_classification_api', 'classification'],
  ]);
  assert.deepEqual(await named(fakeProvider(t, { function: 'f' })), [
    ['f', 'call'],
    ['f', 'embedding'],
    ['f', 'classification'],
  ]);
});

test('a value that contains itself, or is of JavaScript alone, does not stop a call', async (t) => {
  const provider = fakeProvider(t);
  const vars = { n: 5n, f() {}, twice: [1], again: null };
  vars.self = vars;
  vars.again = vars.twice;
  const { output } = await provider.callApi('args', { vars, test: { provider } });
  assert.deepEqual(output[2].vars, { n: 5, twice: [1], again: [1] });
  assert.deepEqual(Object.keys(output[2].test.provider), ['id', 'config']);
});

test('calls are answered in any order', async (t) => {
  const provider = fakeProvider(t);
  const answers = await Promise.all(['wait', 'wait', 'release'].map((prompt) => provider.callApi(prompt)));
  assert.deepEqual(
    answers.map(({ output }) => output),
    [1, 2, 3],
  );
});

test('a large result arrives', async (t) => {
  const { output } = await fakeProvider(t).callApi('large');
  assert.equal(output.length, 5_000_000);
});

test('a result is marked as fresh, and counts as one request', async (t) => {
  const result = await fakeProvider(t).callApi('count');
  assert.equal(result.cached, false);
  assert.deepEqual(result.tokenUsage, { total: 7, numRequests: 1 });
});

test('an error of the script is its result', async (t) => {
  assert.equal((await fakeProvider(t).callApi('error')).error, 'no');
});

test('file references in the configuration are read', async (t) => {
  const basePath = mkdtempSync(path.join(tmpdir(), 'provider-host-'));
  writeFileSync(path.join(basePath, 'a.json'), '{"deep": [1]}');
  writeFileSync(path.join(basePath, 'b.txt'), 'text');
  writeFileSync(path.join(basePath, 'c.mjs'), 'export default () => "from JavaScript"; export const named = 3;');
  const config = { basePath, list: ['file://a.json', { text: 'file://b.txt' }], js: 'file://c.mjs', n: 'file://c.mjs:named' };
  const { output } = await fakeProvider(t, config).callApi('args');
  const { list, js, n } = output[1].config;
  assert.deepEqual([list, js, n], [[{ deep: [1] }, { text: 'text' }], 'from JavaScript', 3]);
});

test('a reference to a file that is not there is an error of each call', async (t) => {
  const provider = fakeProvider(t, { prices: 'file://missing.json' });
  for (let i = 0; i < 2; ++i) assert.match((await provider.callApi('x')).error, /^config: ENOENT.*\/base\/missing\.json/);
});
