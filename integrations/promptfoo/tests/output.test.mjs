import assert from 'node:assert/strict';
import test from 'node:test';

import { ScriptOutput } from '../lib/script-output.mjs';
import { fakeProvider } from './fake-provider.mjs';

function recorder() {
  const lines = [];
  const logger = {};
  for (const level of ['debug', 'info', 'warn', 'error']) logger[level] = (line) => lines.push([level, line]);
  return { lines, logger };
}

test('what the script prints goes to the logger, by its level', async (t) => {
  const { lines, logger } = recorder();
  const provider = fakeProvider(t);
  await provider.callApi('print', { logger });
  await provider.cleanup();
  assert.deepEqual(lines, [
    ['info', '[host 1] hello'],
    ['warn', '[host 1] WARNING: odd'],
    ['warn', '[pool] host 1 was replaced'],
    ['error', '[host 1] ERROR bad'],
    ['error', '[host 1] Traceback (most recent call last):'],
    ['error', '[host 1]   File "x"'],
    ['error', '[host 1] E: x'],
    ['info', '[host 1] after'],
  ]);
});

test('without a logger it goes to stderr', async (t) => {
  const error = t.mock.method(console, 'error', () => {});
  const provider = fakeProvider(t);
  await provider.callEmbeddingApi('print');
  await provider.cleanup();
  assert.deepEqual(error.mock.calls[0].arguments, ['[host 1] hello']);
});

test('lines are put together, and the last needs no end', () => {
  const { lines, logger } = recorder();
  const output = new ScriptOutput();
  output.logger = logger;
  for (const byte of Buffer.from('grüezi\nend')) output.push(Buffer.from([byte]));
  output.end();
  assert.deepEqual(lines, [
    ['info', 'grüezi'],
    ['info', 'end'],
  ]);
});
