// Rule files that several tests use.
// Must not be clever: each does one thing.

enum Rules {
    /// Adds `tag` in front of every message.
    static let tagging = #"require "editheader"; addheader "X-Tested" "yes";"#
    static let tag = "X-Tested: yes\r\n"
}
