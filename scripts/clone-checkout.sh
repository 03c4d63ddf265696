#!/bin/sh
# Clones the checkout as it stands: what is not committed yet is one commit more, of the same moment, in the clone alone. Files
# that git ignores stay behind.
# scripts/clone-checkout.sh FOLDER [OPTION of git clone…]
set -eu

folder=$1
shift
here=$(dirname "$(dirname "$(readlink -f "$0")")")
git clone --quiet --no-checkout "$@" "$here" "$folder"
in_clone() { git --git-dir "$folder/.git" "$@"; }
cd "$here"
in_clone --work-tree . add --all .
in_clone diff --cached --quiet HEAD || {
	GIT_AUTHOR_DATE=$(in_clone log -1 --format=%cI)
	GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
	export GIT_AUTHOR_DATE GIT_COMMITTER_DATE
	in_clone -c user.name=t -c user.email=t@example.org commit --quiet --no-verify --message='not committed yet'
}
git -C "$folder" reset --quiet --hard
