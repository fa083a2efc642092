# Puts what your own spam scanner says of a message into its header: the score, and what it was given for.
# Does nothing until a spam scanner is set up. Never deletes, moves or rejects anything, nor takes unscanned mail for good.

require ["editheader", "environment", "ihave", "variables"];

if environment :matches "vnd.popsieve.spam-score" "?*" {
    set "score" "${0}";
    if environment :matches "vnd.popsieve.spam-threshold" "?*" {
        set "score" "${score} of ${0}";
    }
    addheader "X-Popsieve-Spam-Score" "${score}";
    if environment :matches "vnd.popsieve.spam-symbols" "?*" {
        addheader "X-Popsieve-Spam-Symbols" "${0}";
    }
    if ihave "spamtest" {
        if spamtest "10" {
            addheader "X-Popsieve-Spam" "yes; by=scanner";
        }
    }
} elsif environment :matches "vnd.popsieve.spam-unscanned" "?*" {
    addheader "X-Popsieve-Spam-Score" "unscanned; ${0}";
}
