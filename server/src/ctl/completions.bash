
# Bash ends a word at a colon, and its commands hold one: `2fa:disable` comes as three words. They are
# put together again, and what stands before the colon is taken off what bash is to write in its place.
_holdfastctl_joined() {
    local -a typed=("${COMP_WORDS[@]}") words=("${COMP_WORDS[0]}")
    local at=0 upto=$COMP_CWORD cur=$2 i
    for ((i = 1; i < ${#typed[@]}; i++)); do
        if [[ ${typed[i]} == :* || ${typed[i - 1]} == *: ]]; then
            ((i == upto)) && cur=${words[at]}$([[ ${typed[i]} == : ]] && echo : || echo "$2")
            words[at]+=${typed[i]}
        else
            words+=("${typed[i]}")
            ((at += 1))
        fi
        ((i == upto)) && break
    done
    local COMP_WORDS=("${words[@]}") COMP_CWORD=$at
    _holdfastctl "$1" "$cur" "${words[at - 1]}"
    [[ $COMP_WORDBREAKS == *:* ]] && COMPREPLY=("${COMPREPLY[@]#"${cur%"${cur##*:}"}"}")
}
