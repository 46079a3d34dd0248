# A fetch or a push with libgit2: clone DIR URL | fetch DIR | push DIR REFSPEC, and then a key or name:token. Prints what the server said about refs.
import sys
import pygit2


class Callbacks(pygit2.RemoteCallbacks):
    rejected = False

    def credentials(self, url, username_from_url, allowed_types):
        if allowed_types & pygit2.GIT_CREDENTIAL_SSH_KEY:
            key = sys.argv[-1]
            return pygit2.Keypair(username_from_url, key + ".pub", key, "")
        user, _, secret = sys.argv[-1].partition(":")
        return pygit2.UserPass(user, secret)

    def certificate_check(self, certificate, valid, host):
        return True

    def sideband_progress(self, text):
        print("remote: " + text, end="")

    def push_update_reference(self, refname, message):
        self.rejected = self.rejected or message is not None
        print(refname, "ok" if message is None else "rejected: " + message)


def main():
    verb, callbacks = sys.argv[1], Callbacks()
    if verb == "clone":
        pygit2.clone_repository(sys.argv[3], sys.argv[2], callbacks=callbacks)
        return 0
    remote = pygit2.Repository(sys.argv[2]).remotes["origin"]
    if verb == "fetch":
        remote.fetch(callbacks=callbacks)
        return 0
    remote.push([sys.argv[3]], callbacks=callbacks)
    return 1 if callbacks.rejected else 0


sys.exit(main())
