export type ScanFormat = 'text' | 'json' | 'jsonl' | 'sarif' | 'gitleaks';
export const SCAN_FORMATS: readonly ScanFormat[] = ['text', 'json', 'jsonl', 'sarif', 'gitleaks'];
