import { ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

export const pineconeRules = [
  prefixed({
    id: 'pinecone-api-key',
    vendor: 'Pinecone',
    title: 'Pinecone API key',
    severity: 'high',
    url: 'https://docs.pinecone.io/guides/projects/manage-api-keys',
    remedy: 'Delete the key in the Pinecone console and make a new one.',
    prefix: 'pcsk_',
    parts: [run(ALNUM, 5, 6), '_', run(ALNUM, 63)],
  }),
];
