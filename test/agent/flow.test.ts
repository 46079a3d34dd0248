import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough, Readable, Writable } from 'node:stream';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { answerBody, pump, readBeginning, UpstreamError } from '../../src/agent/flow.ts';

/** What a reader got before the end or the error. */
async function drain(body: Readable): Promise<{ readonly text: string; readonly error?: Error }> {
  let text = '';
  try {
    for await (const chunk of body) text += chunk;
    return { text };
  } catch (error) {
    return { text, error: error as Error };
  }
}

function makeAnswer(idleTimeout = 60_000) {
  const source = new PassThrough();
  const abandoned: Error[] = [];
  const answer = answerBody({ source, idleTimeout, abandon: (error) => abandoned.push(error) });
  source.on('data', (chunk: Buffer) => answer.push(chunk));
  return { source, answer, abandoned };
}

describe('an answer body', () => {
  test('ends when the answer was whole', async () => {
    const { source, answer } = makeAnswer();
    source.on('end', () => answer.finish());
    source.end('hello');
    assert.deepEqual(await drain(answer.body), { text: 'hello' });
  });

  test('gives everything that arrived before it fails, and then never a clean end', async () => {
    const { answer } = makeAnswer();
    answer.push(Buffer.from('one '));
    answer.push(Buffer.from('two'));
    answer.fail(new UpstreamError('cut off'));
    const got = await drain(answer.body);
    assert.equal(got.text, 'one two');
    assert.equal(got.error?.message, 'cut off');
  });

  test('gives everything before the error to a reader that uses events, too', async () => {
    const { answer } = makeAnswer();
    for (let n = 0; n < 50; n++) answer.push(Buffer.alloc(10_000, 'x'));
    answer.fail(new UpstreamError('cut off'));
    let bytes = 0;
    answer.body.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    answer.body.on('end', () => assert.fail('a clean end'));
    const [error] = await once(answer.body, 'error');
    assert.equal(error.message, 'cut off');
    assert.equal(bytes, 500_000);
  });

  test('that fails before anybody listens does not end the process', async () => {
    const { answer } = makeAnswer();
    answer.fail(new UpstreamError('cut off'));
    await turn();
    assert.equal((await drain(answer.body)).error?.message, 'cut off');
  });

  test('finish after fail changes nothing', async () => {
    const { answer } = makeAnswer();
    answer.fail(new UpstreamError('cut off'));
    answer.finish();
    assert.equal((await drain(answer.body)).error?.message, 'cut off');
  });

  test('pauses its source while the reader is behind, so little is held', async () => {
    const { source, answer } = makeAnswer();
    let given = 0;
    const endless = new Readable({
      read() {
        given += 65_536;
        this.push(Buffer.alloc(65_536));
      },
    });
    endless.pipe(source);
    for (let n = 0; n < 200; n++) await turn();
    assert.ok(given < 2 * 1024 * 1024, `${given} bytes were taken from the source`);
    assert.ok(answer.body.readableLength <= 512 * 1024);
    endless.destroy();
    answer.body.destroy();
  });

  test('of a silent upstream fails, and the upstream is stopped', async () => {
    const { answer, abandoned } = makeAnswer(20);
    const got = await drain(answer.body);
    assert.match(got.error?.message ?? '', /silent/);
    assert.equal(abandoned.length, 1);
  });

  test('nobody reads from does not count silence against the upstream', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { answer, abandoned } = makeAnswer(1000);
    t.mock.timers.tick(10_000);
    assert.equal(abandoned.length, 0);
    answer.push(Buffer.alloc(1024 * 1024));
    t.mock.timers.tick(10_000);
    assert.equal(abandoned.length, 0);
    answer.body.destroy();
  });

  test('waits without limit while it is our turn to send', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let isOurTurn = true;
    const abandoned: Error[] = [];
    const answer = answerBody({
      source: new PassThrough(),
      idleTimeout: 1000,
      isUpstreamsTurn: () => !isOurTurn,
      abandon: (error) => abandoned.push(error),
    });
    answer.body.read();
    t.mock.timers.tick(5000);
    assert.equal(abandoned.length, 0);
    isOurTurn = false;
    t.mock.timers.tick(1000);
    assert.equal(abandoned.length, 1);
  });

  test('that the reader gives up stops the upstream once', async () => {
    const { answer, abandoned } = makeAnswer();
    answer.body.destroy();
    await turn();
    answer.fail(new UpstreamError('cut off'));
    assert.equal(abandoned.length, 1);
  });
});

/** Takes nothing until release() is called. */
function slowSink() {
  const taken: Buffer[] = [];
  let release: (() => void) | undefined;
  const sink = new Writable({
    highWaterMark: 1024,
    write(chunk, _encoding, done) {
      taken.push(chunk);
      release = done;
    },
  });
  return { sink, taken, release: () => release?.() };
}

describe('a pumped request body', () => {
  test('arrives whole, and the sink stays open for its end', async () => {
    const sink = new PassThrough();
    await pump({ source: Readable.from([Buffer.from('ab'), Buffer.from('c')]), sink, length: 3, idleTimeout: 1000 });
    assert.equal(sink.read()?.toString(), 'abc');
    assert.equal(sink.writableEnded, false);
  });

  for (const [what, length, pattern] of [
    ['shorter', 4, /ended after 3 of 4/],
    ['longer', 2, /longer than its 2/],
  ] as const) {
    test(`that is ${what} than announced is an error, and no byte too many is sent`, async () => {
      const sink = new PassThrough();
      const source = Readable.from([Buffer.from('ab'), Buffer.from('c')]);
      await assert.rejects(pump({ source, sink, length, idleTimeout: 1000 }), pattern);
      assert.equal(sink.read()?.toString(), length === 4 ? 'abc' : 'ab');
    });
  }

  test('whose source fails rejects with its cause and leaves the source alone', async () => {
    const source = new PassThrough();
    const pumping = pump({ source, sink: new PassThrough(), idleTimeout: 1000 });
    source.destroy(new Error('disk gone'));
    await assert.rejects(pumping, (error: Error) => (error.cause as Error).message === 'disk gone');
  });

  test('whose source had failed before rejects at once', async () => {
    const source = new PassThrough();
    source.on('error', () => {});
    source.destroy(new Error('disk gone'));
    await turn();
    await assert.rejects(pump({ source, sink: new PassThrough(), idleTimeout: 1000 }), /broke off/);
  });

  test('waits for a sink that takes nothing, and does not destroy the source when that takes too long', async () => {
    const { sink } = slowSink();
    const source = new PassThrough();
    for (let n = 0; n < 10; n++) source.write(Buffer.alloc(4096));
    await assert.rejects(pump({ source, sink, idleTimeout: 20 }), /stopped reading/);
    assert.equal(source.destroyed, false);
    assert.ok(sink.writableLength <= 8192, `${sink.writableLength} bytes wait in the sink`);
  });

  test('waits for the socket under the sink as well', async () => {
    const { sink: socket, release } = slowSink();
    socket.write(Buffer.alloc(2 * 1024 * 1024));
    const source = new PassThrough();
    const sink = new PassThrough();
    let isDone = false;
    const pumping = pump({ source, sink, socket, idleTimeout: 10_000 }).then(() => {
      isDone = true;
    });
    source.write('a');
    await turn();
    source.write('b');
    source.end();
    for (let n = 0; n < 10; n++) await turn();
    assert.equal(isDone, false);
    release();
    await pumping;
    assert.equal(sink.read()?.toString(), 'ab');
  });

  test('ends when the sink goes away', async () => {
    const sink = new PassThrough();
    const pumping = pump({ source: new PassThrough(), sink, idleTimeout: 1000 });
    sink.destroy();
    await assert.rejects(pumping, /closed while/);
  });
});

describe('the beginning of a body', () => {
  test('is all of a short one', async () => {
    const read = await readBeginning(Readable.from([Buffer.from('ab'), Buffer.from('cd')]), 100);
    assert.equal(read.beginning.toString(), 'abcd');
    assert.ok(Buffer.isBuffer(read.whole));
  });

  test('of a long one is read once, and the rest follows it', async () => {
    const chunks = Array.from({ length: 50 }, (_, n) => Buffer.from(`${n},`));
    const read = await readBeginning(Readable.from(chunks), 10);
    assert.ok(read.beginning.length < 20);
    assert.ok(!Buffer.isBuffer(read.whole));
    assert.equal((await drain(read.whole)).text, Buffer.concat(chunks).toString());
  });

  test('of a body that breaks off is an error', async () => {
    const source = new PassThrough();
    source.write('ab');
    setImmediate(() => source.destroy(new Error('gone')));
    await assert.rejects(readBeginning(source, 100), /gone/);
  });
});
