// Ref names as git-check-ref-format(1) has them, with receive-pack's own demand on top: a name begins `refs/`, and what
// follows is itself a name of two components or more (`refs/x` is a "funny refname"). The rules speak of ASCII bytes
// only, so they hold for names decoded by decodeBytes() whatever the other bytes are.

/** Why a ref of this name may not be pushed; undefined = it may. */
export function checkRefName(name: string): string | undefined {
  if (name === '') return 'empty';
  if (!name.startsWith('refs/')) return 'does not begin with refs/';
  const fault = checkFormat(name);
  if (fault !== undefined) return fault;
  if (!name.slice('refs/'.length).includes('/')) return 'has no directory after refs/';
  return undefined;
}

function checkFormat(name: string): string | undefined {
  if (/[\x00-\x1f\x7f]/.test(name)) return 'control byte';
  const special = /[ ~^:?*[\\]/.exec(name);
  if (special !== null) return special[0] === ' ' ? 'space' : `character ${special[0]}`;
  if (name.includes('..')) return 'two dots in a row';
  if (name.includes('@{')) return 'sequence @{';
  if (name.endsWith('.')) return 'ends with a dot';
  for (const component of name.split('/')) {
    if (component === '') return 'empty component';
    if (component.startsWith('.')) return 'component begins with a dot';
    if (component.endsWith('.lock')) return 'component ends with .lock';
  }
  return undefined;
}
