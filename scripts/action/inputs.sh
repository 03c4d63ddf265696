# shellcheck shell=bash
# The inputs of the action as words of leanos: sets leanos, the program, and words.
# shellcheck disable=SC2034 # for whoever sources this
leanos=$GITHUB_ACTION_PATH/leanos
words=()
add() { [[ -z $2 ]] || words+=("$1" "$2"); }
add --image "${INPUT_IMAGE:-}"
add --channel "${INPUT_CHANNEL:-}"
add --arch "${INPUT_ARCH:-}"
add --format "${INPUT_FORMAT:-}"
