// Files that rules know by their names and look at whatever is in them. Whoever scans an object before its path is known
// asks here whether that was too early; rules for more common kinds of files say it themselves (`isPathMissed`).

/** Each of the whole path; `/` between folders, and between an archive and its members. */
export const NAMED_FILES = Object.freeze({
  gitCredentials: /(?:^|\/)\.git-credentials$|\.config\/git\/credentials$/,
  netrc: /(?:^|\/)[._]netrc$/,
  pgpass: /(?:^|\/)(?:\.?pgpass|pgpass\.conf)$/,
  railsKey: /(?:^|\/)(?:master\.key|credentials\/[\w-]+\.key)$/,
  terraformState: /\.tfstate(?:\.backup|\.\d+\.backup)?$/,
});

/** An archive of such a name may have a member that only both names together make a file above. */
const ARCHIVES = /(?:^|\/)credentials$|\.config(?:\/git)?$/;

/** False: under this path the same is found in an object, and in all that is packed in it, as under none. */
export function isNamedFile(path: string): boolean {
  // What is written in a file is looked at under a path in which `!` has become `/`.
  return [path, path.replaceAll('!', '/')].some(
    (one) => ARCHIVES.test(one) || Object.values(NAMED_FILES).some((name) => name.test(one)),
  );
}
