// Repositories of upstream servers in tests: fixed people and dates, so the same input gives the same object ids.
import {
  createSampleRepository,
  type SampleRepository,
  type SampleRepositoryOptions,
} from '../../../src/demo-upstream/sample-repo.ts';

/** A bare repository; three small commits unless said otherwise. */
export function makeUpstreamRepo(options: SampleRepositoryOptions): Promise<SampleRepository> {
  const commits = [1, 2, 3].map((n) => ({
    message: `commit ${n}\n`,
    files: { 'README.md': `line ${n}\n`.repeat(n), [`src/file-${n}.txt`]: `file ${n}\n` },
  }));
  return createSampleRepository({ commits, ...options });
}
