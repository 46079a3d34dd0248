// Standard input, of any length, as one object.
import { ObjectStream } from '../../domain/secrets/object-stream.ts';
import type { ObjectScanner } from '../../domain/secrets/scan-object.ts';
import type { ScanRun } from './run.ts';

const NAME = '-';

export async function scanInput(scanner: ObjectScanner, input: AsyncIterable<Buffer>, run: ScanRun): Promise<void> {
  const stream = new ObjectStream(scanner, {});
  for await (const piece of input) {
    stream.write(piece);
    run.advance(0, piece.length);
  }
  const { findings, notInspected } = stream.end();
  for (const finding of findings) run.add(finding, NAME + finding.path);
  for (const thing of notInspected) run.miss(thing, NAME + thing.path);
}
