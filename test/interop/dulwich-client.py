# A fetch or a push with dulwich: clone DIR URL | fetch DIR URL | push DIR REFSPEC URL. Prints what the server said.
import sys
from dulwich import porcelain
from dulwich.client import get_transport_and_path
from dulwich.repo import Repo


def main():
    verb, directory, url = sys.argv[1], sys.argv[2], sys.argv[-1]
    if verb == "clone":
        porcelain.clone(url, directory, errstream=sys.stdout.buffer)
        return 0
    repo = Repo(directory)
    client, path = get_transport_and_path(url)
    if verb == "fetch":
        fetched = client.fetch(path, repo)
        repo.refs[b"refs/remotes/origin/main"] = fetched.refs[b"refs/heads/main"]
        return 0
    source, target = (name.encode() for name in sys.argv[3].split(":"))
    result = client.send_pack(
        path,
        lambda refs: {target: repo.refs[source]},
        generate_pack_data=repo.generate_pack_data,
        progress=lambda text: print("remote: " + text.decode(), end=""),
    )
    status = result.ref_status or {}
    for name, error in status.items():
        print(name.decode(), "ok" if error is None else "rejected: " + error)
    return 1 if any(error is not None for error in status.values()) else 0


sys.exit(main())
