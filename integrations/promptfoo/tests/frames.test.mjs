import assert from 'node:assert/strict';
import test from 'node:test';

import { FrameReader, toFrame } from '../lib/frames.mjs';

test('a frame is the length in bytes, big-endian, and the JSON text', () => {
  assert.deepEqual(toFrame('{"ü":1}'), Buffer.from('\0\0\0\x08{"ü":1}'));
});

test('frames are found in chunks of any size', () => {
  const stream = Buffer.concat(['{"a":"ü"}', '{"b":2}', `{"c":"${'x'.repeat(1000)}"}`].map(toFrame));
  for (const size of [1, 2, 3, 7, 100, stream.length]) {
    const reader = new FrameReader();
    const messages = [];
    for (let at = 0; at < stream.length; at += size) messages.push(...reader.push(stream.subarray(at, at + size)));
    assert.deepEqual(messages, [{ a: 'ü' }, { b: 2 }, { c: 'x'.repeat(1000) }], `chunks of ${size}`);
  }
});

test('a length that no frame has is an error, before memory is taken for it', () => {
  assert.throws(() => new FrameReader().push(Buffer.from([0xff, 0, 0, 0])), /a frame of 4278190080 bytes/);
  assert.throws(() => new FrameReader().push(Buffer.from([0, 0, 0, 0])), /a frame of 0 bytes/);
});
