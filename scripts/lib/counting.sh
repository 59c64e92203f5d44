# shellcheck shell=bash
# Sourced by `test`: what the test runners counted, added up.

passed=0 failed=0 skipped=0

count() {
    passed=$((passed + $1))
    failed=$((failed + $2))
    skipped=$((skipped + ${3:-0}))
}

# nextest writes a JUnit report, whose root element has the totals. No report, no tests: the build
# failed, or nothing matched.
count_nextest() {
    local report="$1" all bad
    [[ -f "$report" ]] || return 0
    all="$(junit_total tests "$report")"
    bad=$(($(junit_total failures "$report") + $(junit_total errors "$report")))
    count $((all - bad)) "$bad" "$(junit_total skipped "$report")"
}

junit_total() {
    local number
    number="$(sed -n "s/^<testsuites .* $1=\"\([0-9]*\)\".*/\1/p" "$2")"
    printf '%s' "${number:-0}"
}

# cargo test prints one line with results for each binary.
count_cargo_test() {
    local numbers
    numbers="$(awk '
        /^test result:/ {
            for (i = 2; i <= NF; i++) {
                if ($i == "passed;") passed += $(i - 1)
                if ($i == "failed;") failed += $(i - 1)
                if ($i == "ignored;") ignored += $(i - 1)
            }
        }
        END { print passed + 0, failed + 0, ignored + 0 }' "$1")"
    # shellcheck disable=SC2086 # three numbers
    count $numbers
}

# node's runner ends its TAP report with lines such as '# pass 5'.
count_node() {
    local numbers
    numbers="$(awk '
        /^# pass / { passed += $3 }
        /^# (fail|cancelled) / { failed += $3 }
        /^# (skipped|todo) / { skipped += $3 }
        END { print passed + 0, failed + 0, skipped + 0 }' "$1")"
    # shellcheck disable=SC2086 # three numbers
    count $numbers
}

# The line that ends the output, in the form that continuous integration reads.
print_total() {
    if ((skipped > 0)); then
        printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
    else
        printf '%s passed, %s failed\n' "$passed" "$failed"
    fi
}
