// Upload tokens are macaroons; their first bytes (version, length, location) make the prefix.
import { URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { OPEN, run } from '../shape.ts';

const vendor = 'PyPI';
const url = 'https://pypi.org/help/#apitoken';

export const pypiRules = [
  prefixed({
    id: 'pypi-upload-token',
    vendor,
    title: 'PyPI upload token',
    severity: 'critical',
    url,
    remedy: 'Remove the token in the PyPI account settings and look at the releases since the leak.',
    prefix: 'pypi-AgEIcHlwaS5vcmc',
    parts: [run(URL_SAFE, 50, OPEN)],
  }),
  prefixed({
    id: 'pypi-test-upload-token',
    vendor,
    title: 'TestPyPI upload token',
    severity: 'low',
    url: 'https://test.pypi.org/help/#apitoken',
    remedy: 'Remove the token in the TestPyPI account settings.',
    prefix: 'pypi-AgENdGVzdC5weXBpLm9yZw',
    parts: [run(URL_SAFE, 50, OPEN)],
  }),
];
